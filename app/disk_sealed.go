package app

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"fengsui"
)

// Whether a directory lies on an encrypted disk, as far as Linux tells.
const (
	diskSealedYes = fengsui.DiskSealed
	diskOpen      = fengsui.DiskOpen
	diskUnknown   = fengsui.DiskUnknown
)

// diskSealed asks the kernel whether the block device under a directory is encrypted
// (dm-crypt: LUKS and the like), or lies on such a one. A disk that encrypts itself, or a
// virtual one whose host encrypts it, looks open or unknown from here.
func diskSealed(dir string) (state fengsui.DiskSeal, device string) {
	var s unix.Stat_t
	if unix.Stat(dir, &s) != nil {
		return diskUnknown, ""
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return diskUnknown, ""
	}
	number := func(path string) (string, bool) {
		var d unix.Stat_t
		if unix.Stat(path, &d) != nil || d.Mode&unix.S_IFMT != unix.S_IFBLK {
			return "", false
		}
		return dev(d.Rdev), true
	}
	return blockSealed(os.DirFS("/sys/dev/block"), mounts, dev(s.Dev), number)
}

func dev(n uint64) string { return fmt.Sprintf("%d:%d", unix.Major(n), unix.Minor(n)) }

// blockSealed looks a device up by its number; one that is no block device of its own, as
// btrfs has, by the device that its mount names. sys is /sys/dev/block.
func blockSealed(sys fs.FS, mounts []byte, number string, of func(path string) (string, bool)) (fengsui.DiskSeal, string) {
	if _, err := fs.Stat(sys, number); err != nil {
		source := mountSource(mounts, number)
		n, ok := of(source)
		if !ok {
			return diskUnknown, source
		}
		number = n
	}
	name := deviceName(sys, number)
	open, known := false, false
	var walk func(at string, depth int)
	walk = func(at string, depth int) {
		if uuid, err := fs.ReadFile(sys, at+"/dm/uuid"); err == nil && bytes.HasPrefix(uuid, []byte("CRYPT-")) {
			known = true
			return
		}
		below, err := fs.ReadDir(sys, at+"/slaves")
		if err != nil || len(below) == 0 || depth > 8 {
			known, open = true, true
			return
		}
		for _, b := range below { // each must be sealed: a mirror with one open half is open
			walk(at+"/slaves/"+b.Name(), depth+1)
		}
	}
	walk(number, 0)
	switch {
	case !known:
		return diskUnknown, name
	case open:
		return diskOpen, name
	}
	return diskSealedYes, name
}

// deviceName is what people call a device.
func deviceName(sys fs.FS, number string) string {
	b, err := fs.ReadFile(sys, number+"/uevent")
	if err != nil {
		return number
	}
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "DEVNAME="); ok {
			return filepath.Join("/dev", name)
		}
	}
	return number
}

// mountSource is the source of a mount with a device number (proc(5), mountinfo: the
// third field, and the second behind the hyphen).
func mountSource(mounts []byte, number string) string {
	s := bufio.NewScanner(bytes.NewReader(mounts))
	for s.Scan() {
		f := strings.Fields(s.Text())
		if len(f) < 3 || f[2] != number {
			continue
		}
		for i := range f {
			if f[i] == "-" && i+2 < len(f) {
				return f[i+2]
			}
		}
	}
	return ""
}
