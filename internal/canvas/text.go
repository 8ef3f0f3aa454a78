package canvas

import (
	"bytes"
	"strings"
	"unicode"
)

// withoutNUL takes the character U+0000 out of the strings of JSON: databases do not take
// it. What is no UTF-8 there the JSON reader replaces.
func withoutNUL(text []byte) []byte {
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
		case bytes.HasPrefix(text, []byte(`\u`)): // whole, so that nothing of it joins what follows
			n = min(6, len(text))
		case text[0] == '\\': // a backslash may be what is escaped
			n = min(2, len(text))
		}
		clean = append(clean, text[:n]...)
		text = text[n:]
	}
	return clean
}

// mostWords is how many bytes of what others say an error repeats.
const mostWords = 300

// words is what others say, on one line and not too long.
func words(said string) string {
	if len(said) > mostWords {
		said = said[:mostWords] + "…"
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(said, ""))
}
