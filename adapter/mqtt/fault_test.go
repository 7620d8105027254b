package mqtt

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fengsui/fault"
)

// TestCatchesEarlyPuback: a broker that answers PUBACK before the door has taken the
// message does not pass the suite of all adapters, and the checks that are for it say
// so. The same program without the fault passes.
func TestCatchesEarlyPuback(t *testing.T) {
	program := filepath.Join(t.TempDir(), "mqtt.test")
	if out, err := exec.Command("go", "test", "-c", "-tags", "fault", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build with faults: %v\n%s", err, out)
	}
	run := func(name string) (string, error) {
		cmd := exec.Command(program, "-test.run=^TestConformance$")
		cmd.Env = append(os.Environ(), "FENGSUI_FAULT="+name)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(""); err != nil {
		t.Fatalf("without a fault: %v\n%s", err, out)
	}
	out, err := run(fault.EarlyPuback)
	if err == nil {
		t.Fatalf("%s is not caught", fault.EarlyPuback)
	}
	for _, where := range []string{"no_acknowledgement_before_Take", "none_when_Take_fails"} {
		if !strings.Contains(out, "--- FAIL: TestConformance/session/"+where+" ") {
			t.Errorf("%s: %s does not fail\n%s", fault.EarlyPuback, where, out)
		}
	}
}
