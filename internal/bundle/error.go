package bundle

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrNoMember says that a bundle has no member of the name that was asked
// for. It is an fs.ErrNotExist.
var ErrNoMember = fmt.Errorf("no such member: %w", fs.ErrNotExist)

// Error is what is wrong with a bundle, in words for the person who made it.
// Anything else that this package returns (a failing disk, a cancelled
// context) is not the bundle's fault.
type Error struct {
	Member string // name inside the bundle; empty for the bundle as a whole
	Line   int    // line in that member, from 1; 0 when there is none
	Reason string // what is wrong; safe to show, at most a few lines long
	Err    error  // the cause, for errors.Is; may be nil
}

// Error names the place and the reason, as in "result.xml line 12: element
// <result> closed by </results>".
func (e *Error) Error() string {
	var place []string
	if e.Member != "" {
		place = append(place, shown(e.Member))
	}
	if e.Line > 0 {
		place = append(place, "line "+strconv.Itoa(e.Line))
	}
	if len(place) == 0 {
		return e.Reason
	}
	return strings.Join(place, " ") + ": " + e.Reason
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// refuse makes an Error about the bundle as a whole.
func refuse(format string, args ...any) *Error {
	return &Error{Reason: fmt.Sprintf(format, args...)}
}

// readError is a failure of the reader under a bundle. It travels through the
// zip and XML decoders, which do not tell it from damage in what they decode.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }

func (e *readError) Unwrap() error { return e.err }

// failedRead returns the reader's own error where err comes from one, else nil.
func failedRead(err error) error {
	var r *readError
	if errors.As(err, &r) {
		return fmt.Errorf("read bundle: %w", r.err)
	}
	return nil
}

// isOurs reports whether err says what is wrong with the bundle.
func isOurs(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// shown makes a text from inside a bundle fit for a message: short, UTF-8, on
// one line, and quoted when it holds anything unprintable.
func shown(s string) string {
	const most = 200
	more := ""
	if len(s) > most {
		s, more = strings.TrimRightFunc(s[:most], func(r rune) bool { return r == utf8.RuneError }), "…"
	}
	s = strings.ToValidUTF8(s, "\uFFFD") + more
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
