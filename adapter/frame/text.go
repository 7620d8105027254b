package frame

import (
	"bytes"
	"fmt"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Text is the text in b without its padding: NULs and spaces at either end. What
// is no GB 18030 becomes U+FFFD.
func Text(b []byte) string {
	b = bytes.Trim(b, "\x00 ")
	if ascii(b) {
		return string(b)
	}
	s, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil {
		return string(bytes.ToValidUTF8(b, []byte("\uFFFD")))
	}
	return string(s)
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// AppendText appends s as GB 18030, whose letters of two bytes are GBK's.
func AppendText(dst []byte, s string) ([]byte, error) {
	if ascii([]byte(s)) {
		return append(dst, s...), nil
	}
	b, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		return dst, fmt.Errorf("write %q as GB 18030: %w", s, err)
	}
	return append(dst, b...), nil
}

// AppendFixed appends s in exactly n bytes, padded with NULs. It is an error when
// s is longer.
func AppendFixed(dst []byte, s string, n int) ([]byte, error) {
	start := len(dst)
	dst, err := AppendText(dst, s)
	if err != nil {
		return dst[:start], err
	}
	if used := len(dst) - start; used > n {
		return dst[:start], fmt.Errorf("%q takes %d bytes, the field has %d", s, used, n)
	}
	for len(dst) < start+n {
		dst = append(dst, 0)
	}
	return dst, nil
}
