package bench

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"fengsui/adapter"
	"fengsui/adapter/push"
)

// restart kills the platform under load, lets the kernel forget its files and
// measures how long the next one takes to answer.
func (l *lab) restart(b testing.TB) {
	want := int64(1_900) << 20 // nearly a whole segment is the worst case: closed ones open at once
	if long() {
		want = 20 << 30
	}
	l.fill(b, want)
	l.drain(b)
	held := sizeOf(l.at.data("bus"))
	before, err := l.server.progress()
	if err != nil {
		b.Fatal(err)
	}
	var loading sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	loading.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			l.list[i%len(l.list)].post(ctx, batch) // the kill meets it
		}
	})
	time.Sleep(2 * time.Second)
	l.server.kill()
	cancel()
	loading.Wait()
	time.Sleep(time.Second) // the history child sees that it is alone
	forget(l.at.data())
	l.at.Plain, l.at.Secure = strings.TrimPrefix(l.server.Plain, "http://"), strings.TrimPrefix(l.server.Secure, "https://")
	m := measure(nil)
	begin := m.begun
	answered := make(chan time.Duration, 1)
	asking, enough := context.WithCancel(context.Background())
	defer enough()
	probe := newPlant(0, l.keys[0], points)
	probe.toward(l.server, true)
	go func() {
		for asking.Err() == nil {
			one, cancel := context.WithTimeout(asking, 10*time.Second)
			err := attempt(one, probe)
			cancel()
			if err == nil {
				answered <- time.Since(begin)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	next, err := launch(l.at)
	if err != nil {
		b.Fatal(err)
	}
	m.of, l.server = next, next
	select {
	case d := <-answered:
		c := m.stop()
		l.add("restart after kill -9: first answer", d.Seconds(), "s", atMost(10), c, "%.2f GiB of log in segments of 2 GiB, %s million samples, files out of the page cache; the aim is for 20 GiB and 100 million",
			float64(held)/(1<<30), short(digits(float64(before.Samples)/1e6)))
	case <-time.After(2 * time.Minute):
		b.Fatal("the platform does not answer after its restart")
	}
	l.drain(b)
	l.add("restart after kill -9: evaluator and history caught up", time.Since(begin).Seconds(), "s", nil, cost{}, "the history reads the last minute again")
	l.toward(true)
}

// attempt sends one sample once, and does not wait when it is sent away.
func attempt(ctx context.Context, p *plant) error {
	r, err := p.Request(ctx, p.key(), push.TypeCompact, push.AppendCompact(nil, p.next(1)))
	if err != nil {
		return err
	}
	answer, err := p.HTTP.Do(r)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode != 200 {
		return fmt.Errorf("%s", answer.Status)
	}
	return nil
}

// fill sends until the log has so many bytes: batches with events whose texts are
// long, since samples alone would take too long.
func (l *lab) fill(b testing.TB, want int64) {
	text := strings.Repeat("alarm text ", 90)
	const events = 100
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var wg sync.WaitGroup
	errs := make(chan error, senders) // one each
	for w := range senders {
		wg.Go(func() {
			for i := w; ctx.Err() == nil; i += senders {
				if i >= len(l.list) {
					i = w
				}
				select {
				case <-done:
					return
				default:
				}
				p := l.list[i]
				out := p.next(batch)
				out.Events = out.Events[:0]
				for j := range events {
					out.Events = append(out.Events, adapter.Event{Code: "note", Point: p.codes[j], At: p.at, On: true, Text: text})
				}
				_, err := p.Send(ctx, p.key(), out)
				out.Events = nil
				if err != nil {
					errs <- err
					cancel()
					return
				}
			}
		})
	}
	for ctx.Err() == nil && sizeOf(l.at.data("bus")) < want {
		time.Sleep(100 * time.Millisecond)
	}
	close(done)
	wg.Wait()
	select {
	case err := <-errs:
		b.Fatal(err)
	default:
	}
}

func sizeOf(dir string) (size int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return size
}

// forget drops files from the page cache, as far as the kernel listens.
func forget(dir string) {
	unix.Sync()
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if f, err := os.Open(path); err == nil {
			unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
			f.Close()
		}
		return nil
	})
}
