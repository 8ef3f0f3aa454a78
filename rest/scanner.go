package rest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/momotor/resultgraph/internal/rowcodec"
)

// A scanner reads the response to an operation: JSON without whitespace, or rowcodec, with the
// fields in the operation's order. It allocates almost no memory. After the first error it reads
// nothing.
type scanner struct {
	data []byte
	// values is read instead of data if isRowcodec is true.
	values     rowcodec.Reader
	isRowcodec bool
	err        error
}

// newScanner returns a scanner of a response.
func newScanner(answer []byte) scanner {
	values, isRowcodec := rowcodec.NewReader(answer)
	return scanner{data: answer, values: values, isRowcodec: isRowcodec}
}

// expect reads a fixed piece of JSON. It does nothing for rowcodec, which has only values.
func (s *scanner) expect(text string) {
	if s.isRowcodec {
		return
	}
	if !s.hasPrefix(text) {
		s.fail(text)
		return
	}
	s.data = s.data[len(text):]
}

func (s *scanner) hasPrefix(text string) bool {
	return len(s.data) >= len(text) && string(s.data[:len(text)]) == text
}

// skipByte skips the next byte if it is c, and reports whether it skipped the byte.
func (s *scanner) skipByte(c byte) bool {
	if len(s.data) == 0 || s.data[0] != c {
		return false
	}
	s.data = s.data[1:]
	return true
}

// beginObject reads the beginning of an object that is not null.
func (s *scanner) beginObject() {
	switch {
	case !s.isRowcodec:
		s.expect("{")
	case !s.values.Present():
		s.fail("an object")
	}
}

// beginNullable reads the beginning of an object. It returns false for null and after an error.
func (s *scanner) beginNullable() bool {
	switch {
	case s.isRowcodec:
		return s.values.Present() || s.recordValueError()
	case s.hasPrefix("null"):
		return false
	}
	s.expect("{")
	return s.err == nil
}

// nextItem moves to the next item of a list, and returns false at the end of the list. In JSON the
// list ends with the byte end.
func (s *scanner) nextItem(end byte) bool {
	if s.isRowcodec {
		return s.err == nil && s.values.Present() || s.recordValueError()
	}
	if s.skipByte(end) || s.err != nil {
		return false
	}
	s.skipByte(',')
	return true
}

// recordValueError records the error of the rowcodec reader. It returns false.
func (s *scanner) recordValueError() bool {
	if s.err == nil {
		s.err = s.values.Err()
	}
	return false
}

// expectName reads the name of a field.
func (s *scanner) expectName(name string) {
	if s.isRowcodec {
		return
	}
	n := len(name)
	if len(s.data) < n+3 || s.data[0] != '"' || string(s.data[1:n+1]) != name || s.data[n+1] != '"' || s.data[n+2] != ':' {
		s.fail(name)
		return
	}
	s.data = s.data[n+3:]
}

// readScalar reads a value: a string without quotes and escapes, nil for null, and numbers,
// booleans and lists of numbers as in JSON.
func (s *scanner) readScalar() []byte {
	if s.isRowcodec {
		v := s.values.Value()
		s.recordValueError()
		return v
	}
	if len(s.data) == 0 {
		s.fail("a value")
		return nil
	}
	switch s.data[0] {
	case '"':
		return s.readString()
	case '[':
		return s.readNumbers()
	case '{':
		s.fail("a scalar")
		return nil
	}
	if v := s.readUnquoted(); string(v) != "null" {
		return v
	}
	return nil
}

// readUnquoted reads a number, a boolean or null.
func (s *scanner) readUnquoted() []byte {
	for i, c := range s.data {
		if c == ',' || c == '}' || c == ']' {
			v := s.data[:i]
			s.data = s.data[i:]
			return v
		}
	}
	s.fail("a value's end")
	return nil
}

// readNumbers reads a list of numbers.
func (s *scanner) readNumbers() []byte {
	n := bytes.IndexByte(s.data, ']')
	if n < 0 {
		s.fail("a list's end")
		return nil
	}
	v := s.data[:n+1]
	s.data = s.data[n+1:]
	return v
}

// joinWithSemicolons converts a JSON list of numbers to a text with semicolons between them.
func joinWithSemicolons(list []byte) []byte {
	if len(list) < len("[]") {
		return nil
	}
	list = list[1 : len(list)-1]
	if bytes.IndexByte(list, ',') < 0 {
		return list
	}
	return bytes.ReplaceAll(list, []byte(","), []byte(";"))
}

// readString reads a string.
func (s *scanner) readString() []byte {
	n, escaped := 1, false
	for n < len(s.data) && s.data[n] != '"' {
		if s.data[n] == '\\' {
			escaped = true
			n++
		}
		n++
	}
	if n >= len(s.data) {
		s.fail("a string's end")
		return nil
	}
	quoted := s.data[:n+1]
	s.data = s.data[n+1:]
	if !escaped {
		return quoted[1:n]
	}
	var v string
	if err := json.Unmarshal(quoted, &v); err != nil {
		s.fail("a string")
	}
	return []byte(v)
}

// fail records the first error, and discards the rest of the input.
func (s *scanner) fail(expected string) {
	if s.err == nil {
		s.err = fmt.Errorf("parse a response: found %.20q, want %q", s.data, expected)
	}
	s.data = nil
}
