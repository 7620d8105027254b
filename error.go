package fengsui

import (
	"errors"
	"fmt"
)

// Code says what kind of "no" an Error is. The API alone maps it to HTTP.
type Code string

const (
	Invalid     Code = "invalid"     // what came in cannot be used as it is
	NotFound    Code = "not_found"   // absent, or outside the reader's scope
	Conflict    Code = "conflict"    // someone was faster, or the state forbids it
	Forbidden   Code = "forbidden"   // in scope, without the right
	Unavailable Code = "unavailable" // try again later
	Internal    Code = "internal"    // logged in full, shown as one sentence
)

// Error is a refusal with a sentence fit for a person. Reason is a stable word
// by which the console finds the sentence in the reader's language; Message is
// the English one.
type Error struct {
	Code    Code
	Reason  string
	Message string
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error; reason is a snake_case word, unique per cause.
func Errorf(code Code, reason, format string, args ...any) *Error {
	return &Error{Code: code, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// CodeOf is the code of the first Error in err's chain, Internal otherwise.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
