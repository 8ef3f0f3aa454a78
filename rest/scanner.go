package rest

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/momotor/resultgraph/internal/rowcodec"
)

// A scanner reads what an operation of ours answers, with the fields in the operation's
// order: JSON without spaces, or encoded by rowcodec. It allocates next to nothing. What comes after the
// first thing that is not as expected reads as nothing.
type scanner struct {
	data []byte
	// values is read in place of data if bare is true: it has no names and no punctuation.
	values rowcodec.Reader
	bare   bool
	err    error
}

// expect reads this text, which is a part of JSON.
func (s *scanner) expect(text string) {
	if s.bare {
		return
	}
	if !s.has(text) {
		s.fail(text)
		return
	}
	s.data = s.data[len(text):]
}

func (s *scanner) has(text string) bool {
	return len(s.data) >= len(text) && string(s.data[:len(text)]) == text
}

// take reads this byte if it comes next.
func (s *scanner) take(c byte) bool {
	if len(s.data) == 0 || s.data[0] != c {
		return false
	}
	s.data = s.data[1:]
	return true
}

// object reads the beginning of an object that must be there.
func (s *scanner) object() {
	switch {
	case !s.bare:
		s.expect("{")
	case !s.values.Present():
		s.fail("an object")
	}
}

// item reads up to the next item of a list, and returns false at the list's end.
func (s *scanner) item(end byte) bool {
	if s.bare {
		return s.err == nil && s.values.Present() || s.spoiled()
	}
	if s.take(end) || s.err != nil {
		return false
	}
	s.take(',')
	return true
}

// spoiled notes an error of the encoded values. It is always false.
func (s *scanner) spoiled() bool {
	if s.err == nil {
		s.err = s.values.Err()
	}
	return false
}

// name reads the name of a field.
func (s *scanner) name(name string) {
	if s.bare {
		return
	}
	n := len(name)
	if len(s.data) < n+3 || s.data[0] != '"' || string(s.data[1:n+1]) != name || s.data[n+1] != '"' || s.data[n+2] != ':' {
		s.fail(name)
		return
	}
	s.data = s.data[n+3:]
}

// scalar reads a value: the text of a string, a number or a boolean as it is written,
// nothing for null, and a list of numbers as it is.
func (s *scanner) scalar() []byte {
	if s.bare {
		v := s.values.Value()
		s.spoiled()
		return v
	}
	if len(s.data) == 0 {
		s.fail("a value")
		return nil
	}
	switch s.data[0] {
	case '"':
		return s.text()
	case '[':
		return s.numbers()
	case '{':
		s.fail("a scalar")
		return nil
	}
	if v := s.unquoted(); string(v) != "null" {
		return v
	}
	return nil
}

// unquoted reads a value without quotes.
func (s *scanner) unquoted() []byte {
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

// numbers reads a list of numbers.
func (s *scanner) numbers() []byte {
	n := bytes.IndexByte(s.data, ']')
	if n < 0 {
		s.fail("a list's end")
		return nil
	}
	v := s.data[:n+1]
	s.data = s.data[n+1:]
	return v
}

// semicolons makes a list of numbers one text, with semicolons between them.
func semicolons(list []byte) []byte {
	if len(list) < len("[]") {
		return nil
	}
	list = list[1 : len(list)-1]
	if bytes.IndexByte(list, ',') < 0 {
		return list
	}
	return bytes.ReplaceAll(list, []byte(","), []byte(";"))
}

// text reads a string.
func (s *scanner) text() []byte {
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

// fail notes what was expected. From there on there is nothing to read.
func (s *scanner) fail(expected string) {
	if s.err == nil {
		s.err = fmt.Errorf("an answer has %.20q where %q should be", s.data, expected)
	}
	s.data = nil
}
