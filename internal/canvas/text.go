package canvas

import (
	"bytes"
	"strings"
	"unicode"
)

// stripNUL removes the character U+0000 from the strings of JSON, because databases reject it.
// The JSON decoder replaces invalid UTF-8.
func stripNUL(text []byte) []byte {
	escape := []byte(`\u0000`)
	if !bytes.Contains(text, escape) {
		return text
	}
	clean := make([]byte, 0, len(text))
	for len(text) > 0 {
		n := 1
		switch {
		case bytes.HasPrefix(text, escape):
			text = text[len(escape):]
			continue
		case bytes.HasPrefix(text, []byte(`\u`)): // copy the whole escape, so that its parts are not joined with the following text
			n = min(6, len(text))
		case text[0] == '\\': // the escaped character may be a backslash
			n = min(2, len(text))
		}
		clean = append(clean, text[:n]...)
		text = text[n:]
	}
	return clean
}

// maxQuoted is the maximum number of bytes of foreign text in an error.
const maxQuoted = 300

// quote returns foreign text for an error: shortened, and on one line.
func quote(text string) string {
	if len(text) > maxQuoted {
		text = text[:maxQuoted] + "…"
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, ""))
}
