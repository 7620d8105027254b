package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// child is this program in another role.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   *bufio.Reader
	ended bool
}

// start starts a role; hello waits until it listens.
func start(role string, args ...string) (*child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe, append([]string{role}, args...)...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is ours
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	return &child{cmd: cmd, stdin: stdin, out: bufio.NewReader(stdout)}, nil
}

// hello reads what the child announces into v.
func (c *child) hello(v any) error {
	line, err := c.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, v)
	}
	if err != nil {
		c.kill()
		return fmt.Errorf("%s did not start: %w", c.cmd.Args[1], err)
	}
	return nil
}

// end lets the child end by itself.
func (c *child) end() error {
	if c.ended {
		return nil
	}
	c.ended = true
	c.stdin.Close()
	return c.cmd.Wait()
}

// kill is kill -9.
func (c *child) kill() {
	if !c.ended {
		c.ended = true
		c.cmd.Process.Kill()
		c.cmd.Wait()
	}
}

// tick is the kernel's unit of CPU time in /proc (USER_HZ).
const tick = 10 * time.Millisecond

// user is something that uses CPU time: by itself, and by what it started.
type user interface {
	cpu() (own, under time.Duration)
}

// cpu is what the child and the processes under it have used.
func (c *child) cpu() (own, under time.Duration) { return cpuOf(c.cmd.Process.Pid) }

func cpuOf(pid int) (own, under time.Duration) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// The command in brackets may hold spaces.
		text := string(b)
		f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
		if len(f) < 13 {
			continue
		}
		parent, _ := strconv.Atoi(f[1])
		user, _ := strconv.ParseInt(f[11], 10, 64)
		system, _ := strconv.ParseInt(f[12], 10, 64)
		used := time.Duration(user+system) * tick
		switch {
		case name == fmt.Sprintf("/proc/%d/stat", pid):
			own = used
		case parent == pid:
			under += used
		}
	}
	return own, under
}

// settle waits until users and those under them rest: for two seconds they used
// less than a tenth of a core. It gives up after a time.
func settle(most time.Duration, users ...user) {
	used := func() (sum time.Duration) {
		for _, c := range users {
			own, under := c.cpu()
			sum += own + under
		}
		return sum
	}
	quiet, before := 0, used()
	for end := time.Now().Add(most); quiet < 2 && time.Now().Before(end); {
		time.Sleep(time.Second)
		now := used()
		if quiet++; now-before > 100*time.Millisecond {
			quiet = 0
		}
		before = now
	}
}

// ownCPU is what this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// busyCPU is what the whole machine has used.
func busyCPU() time.Duration {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	var busy int64
	for i, word := range strings.Fields(line)[1:] {
		if n, _ := strconv.ParseInt(word, 10, 64); i != 3 && i != 4 && i < 8 { // idle, iowait; guests count as user
			busy += n
		}
	}
	return time.Duration(busy) * tick
}

// meter measures what a stretch of work costs whom.
type meter struct {
	of      user // nil: this process does everything
	begun   time.Time
	started cost
}

// cost is CPU time.
type cost struct {
	wall, server, history, client, machine time.Duration
}

func measure(of user) *meter {
	m := &meter{of: of, begun: time.Now()}
	m.started = m.read()
	return m
}

func (m *meter) read() cost {
	c := cost{wall: time.Since(m.begun), client: ownCPU(), machine: busyCPU()}
	if m.of != nil {
		c.server, c.history = m.of.cpu()
	}
	return c
}

func (m *meter) stop() cost {
	c := m.read()
	return cost{c.wall - m.started.wall, c.server - m.started.server, c.history - m.started.history, c.client - m.started.client, c.machine - m.started.machine}
}

func (c cost) plus(d cost) cost {
	return cost{c.wall + d.wall, c.server + d.server, c.history + d.history, c.client + d.client, c.machine + d.machine}
}

// foreign is how many cores others used.
func (c cost) foreign() float64 {
	return max(0, (c.machine-c.server-c.history-c.client).Seconds()/c.wall.Seconds())
}
