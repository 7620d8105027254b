package sim

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

type recorder struct{ got []string }

func (r *recorder) Send(_ context.Context, _ string, resent bool, batch []Reading) error {
	line := fmt.Sprintf("%v", resent)
	for _, b := range batch {
		line += fmt.Sprintf(" %s=%g", b.Code, b.Value)
	}
	r.got = append(r.got, line)
	return nil
}

func TestReplay(t *testing.T) {
	const file = "time,code,value\n2026-01-01T00:00:00Z,A,1\n2026-01-01T00:00:00Z,B,2\n2026-01-01T00:01:00Z,A,3\n"
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		begin := time.Now()
		n, err := Replay(context.Background(), strings.NewReader(file), &r, 2, false)
		if err != nil || n != 3 {
			t.Fatalf("Replay = %d, %v, want 3 rows", n, err)
		}
		if got := time.Since(begin); got != 30*time.Second {
			t.Errorf("a minute at double speed took %v, want 30 s", got)
		}
		if got, want := strings.Join(r.got, "; "), "false A=1 B=2; false A=3"; got != want {
			t.Errorf("sent %q, want %q", got, want)
		}
	})
	for _, bad := range []string{"time,code,value\nx,A,1\n", "time,code,value\n5,A,y\n", "time,code,value\n5,A,1\n4,A,1\n", "time,code,value\n5,A\n"} {
		if _, err := Replay(context.Background(), strings.NewReader(bad), &recorder{}, 0, true); err == nil {
			t.Errorf("Replay(%q) went through", bad)
		}
	}
}
