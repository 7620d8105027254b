package app

import (
	"testing"
	"testing/fstest"

	"fengsui"
)

// Whether the data lies on an encrypted disk, for the ways in which Linux stacks them
// (N08: confidentiality at rest).
func TestDiskSealed(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	sys := fstest.MapFS{
		"8:1/uevent": file("MAJOR=8\nDEVNAME=sda1\n"),
		// LUKS on a partition.
		"253:0/dm/uuid": file("CRYPT-LUKS2-0123-data\n"), "253:0/uevent": file("DEVNAME=dm-0\n"), "253:0/slaves/sda2/uevent": file(""),
		// A logical volume on LUKS, and one on a bare partition.
		"253:1/dm/uuid": file("LVM-abc\n"), "253:1/slaves/dm-0/dm/uuid": file("CRYPT-LUKS2-0123-data\n"),
		"253:2/dm/uuid": file("LVM-abc\n"), "253:2/slaves/sda3/uevent": file(""),
		// A mirror with one half open.
		"9:0/slaves/dm-0/dm/uuid": file("CRYPT-PLAIN-x\n"), "9:0/slaves/sdb1/uevent": file(""),
	}
	mounts := []byte("25 1 0:31 / /data rw - btrfs /dev/mapper/data rw\n26 1 0:40 / /tmp rw - tmpfs tmpfs rw\n27 1 0:50 / / rw - overlay overlay rw,lowerdir=/x\n")
	of := func(path string) (string, bool) { return "253:0", path == "/dev/mapper/data" }
	for number, want := range map[string]fengsui.DiskSeal{
		"8:1": diskOpen, "253:0": diskSealedYes, "253:1": diskSealedYes, "253:2": diskOpen, "9:0": diskOpen,
		"0:31": diskSealedYes, "0:40": diskUnknown, "0:50": diskUnknown, "0:99": diskUnknown,
	} {
		if got, device := blockSealed(sys, mounts, number, of); got != want {
			t.Errorf("%s (%s) is %s, want %s", number, device, got, want)
		}
	}
	if _, device := blockSealed(sys, mounts, "8:1", of); device != "/dev/sda1" {
		t.Errorf("the device is called %q", device)
	}
	if state, device := diskSealed(t.TempDir()); state == "" {
		t.Errorf("here it is %q on %q", state, device)
	}
}
