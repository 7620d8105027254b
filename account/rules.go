package account

import (
	_ "embed"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fengsui"
)

// Rules say what a new password must be. Zero fields take the default in brackets.
type Rules struct {
	Length int           // characters at least [10]
	Long   int           // from so many characters on nothing is asked about kinds; -1: always [16]
	Kinds  int           // of lower case, upper case, digits and the rest, below Long [3]
	Kept   int           // so many passwords of before may not come again; -1: all may [5]
	Age    time.Duration // then it must be changed; -1: never [90 days]
}

func (r *Rules) defaults() {
	if r.Length == 0 {
		r.Length = 10
	}
	if r.Long == 0 {
		r.Long = 16
	}
	if r.Kinds == 0 {
		r.Kinds = 3
	}
	if r.Kept == 0 {
		r.Kept = 5
	}
	if r.Age == 0 {
		r.Age = 90 * 24 * time.Hour
	}
}

// longest is how many bytes of a password are hashed at most.
const longest = 200

// check refuses a new password that would be guessed.
func (r *Rules) check(login, password string, common map[string]bool) error {
	n := utf8.RuneCountInString(password)
	switch lower := strings.ToLower(password); {
	case n < r.Length || len(password) > longest:
		return fengsui.Errorf(fengsui.Invalid, "password_length", "a password has %d characters or more, and at most %d bytes", r.Length, longest)
	case strings.Contains(lower, login) || strings.Count(password, password[:1]) == len(password) || guessed(lower, common):
		return fengsui.Errorf(fengsui.Invalid, "password_weak", "this password is easily guessed: it may not hold the login, be one character repeated, or be a common password with something added")
	case (n < r.Long || r.Long < 0) && kinds(password) < r.Kinds:
		return fengsui.Errorf(fengsui.Invalid, "password_kinds", "a password of fewer than %d characters needs %d of these: lower case, upper case, digits, other characters", max(r.Long, n+1), r.Kinds)
	}
	return nil
}

// kinds counts the kinds of characters in a password.
func kinds(password string) int {
	var lower, upper, digit, other int
	for _, c := range password {
		switch {
		case unicode.IsLower(c):
			lower = 1
		case unicode.IsUpper(c):
			upper = 1
		case unicode.IsDigit(c):
			digit = 1
		default:
			other = 1
		}
	}
	return lower + upper + digit + other
}

//go:embed common.txt
var commonText string

// commonest are the passwords that are guessed first.
func commonest() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			set[line] = true
		}
	}
	return set
}

// likeness undoes what people put for letters.
var likeness = strings.NewReplacer("@", "a", "4", "a", "0", "o", "1", "i", "!", "i", "3", "e", "5", "s", "$", "s", "7", "t")

// guessed reports whether a password is a common one, or one with digits and marks
// around it or letters written as digits.
func guessed(lower string, common map[string]bool) bool {
	letter := func(c rune) bool { return !unicode.IsLetter(c) }
	bare := strings.TrimFunc(lower, letter)
	for _, p := range []string{lower, bare, likeness.Replace(bare), strings.TrimFunc(likeness.Replace(lower), letter)} {
		if common[p] || p != "" && len(p)%2 == 0 && common[p[:len(p)/2]] && p[:len(p)/2] == p[len(p)/2:] {
			return true
		}
	}
	return false
}
