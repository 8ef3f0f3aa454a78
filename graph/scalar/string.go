package scalar

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/internal/fault"
)

// AppendString appends s as a JSON string: UTF-8 as it is, with no more escapes than
// JSON asks for, and the line separators U+2028 and U+2029 as \u2028 and \u2029. These
// are the bytes that Django REST framework writes.
func AppendString[T ~string | ~[]byte](b []byte, s T) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		if plain[s[i]] {
			continue
		}
		width := escaped(string(s[i:min(i+3, len(s))]))
		if width == 0 {
			continue
		}
		b = append(b, s[from:i]...)
		b = appendEscape(b, string(s[i:i+width]))
		i += width - 1
		from = i + 1
	}
	return append(append(b, s[from:]...), '"')
}

// plain tells which bytes never have to be escaped.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\' && c != 0xE2
	}
	return t
}()

// escaped returns how many bytes at the beginning of s have to be escaped together.
func escaped(s string) int {
	switch c := s[0]; {
	case c < ' ', c == '"', c == '\\':
		return 1
	case c == 0xE2 && (s == "\u2028" || s == "\u2029"):
		return 3
	}
	return 0
}

func appendEscape(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	switch s {
	case `"`, `\`:
		return append(b, '\\', s[0])
	case "\b":
		return append(b, `\b`...)
	case "\f":
		return append(b, `\f`...)
	case "\n":
		return append(b, `\n`...)
	case "\r":
		return append(b, `\r`...)
	case "\t":
		return append(b, `\t`...)
	case "\u2028":
		return append(b, `\u2028`...)
	case "\u2029":
		return append(b, `\u2029`...)
	}
	return append(b, '\\', 'u', '0', '0', hex[s[0]>>4], hex[s[0]&15])
}

// MarshalString writes a String.
func MarshalString(s string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		w.Write(AppendString(make([]byte, 0, len(s)+2), s))
	})
}

// UnmarshalString reads a String. It rejects texts that PostgreSQL cannot store.
func UnmarshalString(v any) (string, error) {
	s, err := graphql.UnmarshalString(v)
	if err != nil {
		return "", fault.New(fault.BadInput, "A String must be a text.")
	}
	return s, checkText(s)
}

// MarshalID writes an ID.
func MarshalID(s string) graphql.Marshaler { return MarshalString(s) }

// UnmarshalID reads an ID, which is a text or a whole number. It rejects texts that PostgreSQL cannot
// store.
func UnmarshalID(v any) (string, error) {
	s, err := graphql.UnmarshalID(v)
	if err != nil {
		return "", fault.New(fault.BadInput, "An ID must be a text or a whole number.")
	}
	return s, checkText(s)
}

// checkText returns fault.BadInput for a text that is not UTF-8 or contains U+0000.
func checkText(s string) error {
	switch {
	case !utf8.ValidString(s):
		return fault.New(fault.BadInput, "A text must be valid UTF-8.")
	case strings.Contains(s, "\x00"):
		return fault.New(fault.BadInput, "A text must not contain the character U+0000.")
	}
	return nil
}
