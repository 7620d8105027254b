package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"fengsui"
)

// TestUnmounted takes the disk away under an open store and brings it back. It runs
// again where it may mount disks of its own, and fails where that is refused.
func TestUnmounted(t *testing.T) {
	const there = "FENGSUI_TEST_NAMESPACE"
	if os.Getenv(there) == "" {
		cmd := exec.CommandContext(t.Context(), "unshare", "-Urm", os.Args[0], "-test.run=^TestUnmounted$", "-test.v")
		cmd.Env = append(os.Environ(), there+"=1")
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Fatalf("it needs unshare -Urm, and a kernel that lets it mount tmpfs there: %v", err)
		}
		return
	}
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	dir := t.TempDir()
	disk, port := filepath.Join(dir, "disk"), filepath.Join(dir, "port")
	must("make directories", errors.Join(os.Mkdir(disk, 0o700), os.Mkdir(port, 0o700)))
	must("mount", syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=8m"))
	defer syscall.Unmount(disk, syscall.MNT_DETACH)
	must("bind", syscall.Mount(disk, port, "", syscall.MS_BIND, ""))
	path := filepath.Join(port, "t.db")
	d, err := Open(t.Context(), path, shelf)
	must("open", err)
	defer d.Close()
	change(t, d, "a", 1)

	// A disk with files open for writing is not made read-only under them.
	if err := syscall.Mount("", port, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("making the disk read-only under open files: %v, want %v", err, syscall.EBUSY)
	}

	must("unmount", syscall.Unmount(port, syscall.MNT_DETACH))
	write := func(tx *Tx) error { return errors.Join(set(tx, "b", 2), tx.Record(row("set"))) }
	if err := d.Change(t.Context(), write); fengsui.CodeOf(err) != fengsui.Unavailable {
		t.Errorf("a change while the disk is away: %v, want unavailable", err)
	}
	if list, err := os.ReadDir(port); err != nil || len(list) > 0 {
		t.Errorf("where the disk was mounted there is %v (%v), want nothing", list, err)
	}
	must("bind again", syscall.Mount(disk, port, "", syscall.MS_BIND, ""))
	defer syscall.Unmount(port, syscall.MNT_DETACH)
	change(t, d, "b", 3)
	must("close", d.Close())
	again, err := Open(t.Context(), path, shelf)
	must("open again", err)
	defer again.Close()
	if a, b, head := read(t, again, "a"), read(t, again, "b"), again.Head(); a != 1 || b != 3 || head != 2 {
		t.Errorf("after a restart a is %d, b is %d and the journal ends at %d, want 1, 3 and 2", a, b, head)
	}
}
