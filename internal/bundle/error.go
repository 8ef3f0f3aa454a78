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

// ErrNoMember means that a bundle has no member of the requested name. It wraps
// fs.ErrNotExist.
var ErrNoMember = fmt.Errorf("no such member: %w", fs.ErrNotExist)

// Error describes what is wrong with a bundle, for the author of the bundle.
// Every other error of this package (a failing disk, a cancelled context) is
// not the bundle's fault.
type Error struct {
	Member string // name of the member, or "" for the bundle as a whole
	Line   int    // line in that member, from 1, or 0
	Reason string // what is wrong; printable, at most a few lines long
	Err    error  // the cause, or nil
}

// Error returns the location and the reason, for example "result.xml line 12:
// element <result> closed by </results>".
func (e *Error) Error() string {
	var location []string
	if e.Member != "" {
		location = append(location, printable(e.Member))
	}
	if e.Line > 0 {
		location = append(location, "line "+strconv.Itoa(e.Line))
	}
	if len(location) == 0 {
		return e.Reason
	}
	return strings.Join(location, " ") + ": " + e.Reason
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// errorf returns an Error about the bundle as a whole.
func errorf(format string, args ...any) *Error {
	return &Error{Reason: fmt.Sprintf(format, args...)}
}

// readError marks a failure of the bundle's reader, because the zip and XML
// decoders return it like an error in the data.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }

func (e *readError) Unwrap() error { return e.err }

// readFailure returns the reader's error that caused err, or nil.
func readFailure(err error) error {
	var r *readError
	if errors.As(err, &r) {
		return fmt.Errorf("read bundle: %w", r.err)
	}
	return nil
}

// isBundleError reports whether err is an Error.
func isBundleError(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// printable prepares a text from a bundle for a message: short, valid UTF-8, on
// one line, and quoted when it holds unprintable characters.
func printable(s string) string {
	const maxBytes = 200
	more := ""
	if len(s) > maxBytes {
		s, more = strings.TrimRightFunc(s[:maxBytes], func(r rune) bool { return r == utf8.RuneError }), "…"
	}
	s = strings.ToValidUTF8(s, "\uFFFD") + more
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
