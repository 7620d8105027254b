//go:build fault

// Package fault plants the faults that the kill tests must catch, and stops the
// process where they want to kill it.
package fault

import (
	"bufio"
	"fmt"
	"os"
	"sync"
)

// The faults that exist.
const (
	EarlyAnswer = "early-answer"
	EarlyPuback = "early-puback"
	EarlyPlace  = "early-place"
	EarlySent   = "early-sent"
	NoUnique    = "no-unique"
	NoSync      = "no-sync"

	LeakMemory     = "leak-memory"
	LeakGoroutines = "leak-goroutines"
	LeakFiles      = "leak-files"
)

// The points at which a process can be stopped, to be killed there.
const (
	InChange    = "in-change"
	AfterChange = "after-change"
)

// On reports whether FENGSUI_FAULT names the fault.
func On(name string) bool { return os.Getenv("FENGSUI_FAULT") == name }

// leaked is what Leak keeps.
var leaked struct {
	sync.Mutex
	memory [][]byte
	files  []*os.File
}

// leakedBytes is what one call keeps of memory.
const leakedBytes = 512 << 10

// Leak keeps, for good, what the fault that is on says.
func Leak() {
	switch {
	case On(LeakMemory):
		b := make([]byte, leakedBytes)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1 // a page that nobody wrote takes no memory
		}
		leaked.Lock()
		leaked.memory = append(leaked.memory, b)
		leaked.Unlock()
	case On(LeakGoroutines):
		go func() { select {} }()
	case On(LeakFiles):
		if f, err := os.Open(os.DevNull); err == nil {
			leaked.Lock()
			leaked.files = append(leaked.files, f)
			leaked.Unlock()
		}
	}
}

// Files by which the parent arms points and hears where we stand: there when
// FENGSUI_POINTS is set.
const (
	armFile   = 3
	standFile = 4
)

type points struct {
	stand *os.File

	mu    sync.Mutex
	armed map[string]int // how many times more a point is passed, the last of them to stop at
}

var open = sync.OnceValue(func() *points {
	if os.Getenv("FENGSUI_POINTS") == "" {
		return nil
	}
	p := &points{stand: os.NewFile(standFile, "stand"), armed: map[string]int{}}
	go func() {
		lines := bufio.NewScanner(os.NewFile(armFile, "arm"))
		for lines.Scan() {
			var name string
			var times int
			if n, _ := fmt.Sscan(lines.Text(), &name, &times); n == 2 {
				p.mu.Lock()
				p.armed[name] = times
				p.mu.Unlock()
			}
		}
		os.Exit(1) // the parent is gone
	}()
	return p
})

// Point stops the goroutine for good at an armed point, and says so; the parent
// kills the process there. "NAME n" on the arming file stops the nth to pass.
func Point(name string) {
	p := open()
	if p == nil {
		return
	}
	p.mu.Lock()
	p.armed[name]--
	stop := p.armed[name] == 0
	p.mu.Unlock()
	if stop {
		fmt.Fprintln(p.stand, name)
		select {}
	}
}
