package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"unicode/utf8"
)

// members iterates over the names, without quotes, and values of the JSON object in text.
// Both are still escaped. For invalid JSON, the result is unspecified.
func members(text []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		i := skipBlanks(text, 0)
		if i >= len(text) || text[i] != '{' {
			return
		}
		for i = skipBlanks(text, i+1); i < len(text) && text[i] == '"'; {
			from := i
			i = skipString(text, i)
			name := text[from+1 : max(from+1, i-1)]
			if i = skipBlanks(text, i); i >= len(text) || text[i] != ':' {
				return
			}
			from = skipBlanks(text, i+1)
			i = skipValue(text, from)
			if !yield(name, text[from:i]) {
				return
			}
			if i = skipBlanks(text, i); i >= len(text) || text[i] != ',' {
				return
			}
			i = skipBlanks(text, i+1)
		}
	}
}

// elements iterates over the values of the JSON array in text, which must be valid.
func elements(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := skipBlanks(text, 1); i < len(text) && text[i] != ']'; {
			from := i
			i = skipValue(text, i)
			if !yield(text[from:i]) {
				return
			}
			if i = skipBlanks(text, i); i < len(text) && text[i] == ',' {
				i = skipBlanks(text, i+1)
			}
		}
	}
}

// member returns the first value of a name, or nil.
func member(text []byte, name string) []byte {
	for n, value := range members(text) {
		if string(n) == name {
			return value
		}
	}
	return nil
}

func skipBlanks(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// skipString returns the index after the string that starts at i.
func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// skipValue returns the index after the value that starts at i.
func skipValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = skipString(b, i); depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return i
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return len(b)
}

// validateLine returns an error unless text is one JSON object in UTF-8.
func validateLine(text []byte) error {
	if !utf8.Valid(text) {
		return errors.New("the line is not UTF-8")
	}
	if !json.Valid(text) {
		var v json.RawMessage
		err := json.Unmarshal(text, &v)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return fmt.Errorf("the line is not JSON at byte %d: %w", syntax.Offset, err)
		}
		return fmt.Errorf("the line is not JSON: %w", err)
	}
	if !bytes.HasPrefix(text, []byte("{")) {
		return errors.New("the line is not a JSON object")
	}
	return nil
}

// unquote returns the text of a valid JSON string.
func unquote(value []byte) (string, error) {
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), nil
	}
	var s string
	err := json.Unmarshal(value, &s)
	return s, err
}
