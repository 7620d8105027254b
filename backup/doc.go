// Package backup keeps copies of a platform in a directory of its own: encrypted,
// incremental, each of them whole by itself (N01).
//
// A vault holds pieces, each the content of one thing under a name made of its keyed
// hash, and manifests, each of which says which pieces make up one backup. A thing that
// did not change is not copied again: the new manifest names the piece of the old one.
//
//	fengsui-backup.json     form, and what is needed to tell whether a key fits
//	LOCK                    one backup at a time
//	pieces/ab/abcd...       encrypted
//	20261127T150405Z        a manifest, encrypted
//
// Everything is encrypted and authenticated with AES-256-GCM, or with SM4-GCM where the
// vault was made so, in chunks of 64 KiB (package crypt), each
// file under a key of its own made from the vault's key, which is never in the vault: a
// chunk that is altered, missing, doubled or out of order is an error before its bytes
// are handed on. The manifest, under the same key, holds the size and SHA-256 of every
// thing: whoever has not the key can neither read a backup nor make one.
//
// A thing is synced, read back from the disk, deciphered and compared before it counts;
// the manifest is written last, in one step. A backup that was cut off leaves pieces
// that no manifest names and that the next one removes.
//
// The package does not know what the things mean: app does. It starts no goroutines.
package backup
