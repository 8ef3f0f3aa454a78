package scalar

import (
	"io"

	"github.com/99designs/gqlgen/graphql"
)

// AppendString appends s as a JSON string: UTF-8 as it is, with no more escapes than
// JSON asks for, and the line separators U+2028 and U+2029 as \u2028 and \u2029. These
// are the bytes that Django REST framework writes.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		width := escaped(s[i:])
		if width == 0 {
			continue
		}
		b = append(b, s[from:i]...)
		b = appendEscape(b, s[i:i+width])
		i += width - 1
		from = i + 1
	}
	return append(append(b, s[from:]...), '"')
}

// escaped returns how many bytes at the beginning of s have to be escaped together.
func escaped(s string) int {
	switch c := s[0]; {
	case c < ' ', c == '"', c == '\\':
		return 1
	case c == 0xE2 && len(s) > 2 && (s[:3] == "\u2028" || s[:3] == "\u2029"):
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

// UnmarshalString reads a String.
func UnmarshalString(v any) (string, error) { return graphql.UnmarshalString(v) }
