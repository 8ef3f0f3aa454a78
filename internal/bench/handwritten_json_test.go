package bench

import (
	"bytes"
	"strings"

	"github.com/momotor/resultgraph/graph/scalar"
)

// A buffer holds the data of a request. Requests reuse buffers.
type buffer struct {
	body           []byte
	parents, items segments // parts of the body that are written later
	sections       sections
}

func (b *buffer) reset() {
	b.body, b.sections = b.body[:0], b.sections[:0]
	b.parents.reset()
	b.items.reset()
}

// segments are texts one after the other, each with an id.
type segments struct {
	text []byte
	ends []int
	ids  []int64
}

func (s *segments) reset() { s.text, s.ends, s.ids = s.text[:0], s.ends[:0], s.ids[:0] }

// end ends a segment.
func (s *segments) end(id int64) {
	s.ends, s.ids = append(s.ends, len(s.text)), append(s.ids, id)
}

func (s *segments) at(i int) []byte {
	if i == 0 {
		return s.text[:s.ends[0]]
	}
	return s.text[s.ends[i-1]:s.ends[i]]
}

// A column is a member of a JSON object: the text before its value, and the conversion of the value.
type column struct {
	start string
	kind  byte // i: integer, b: boolean, f: float, s: string, e: enum value, t: time, a: array, l: array of floats, u: id of a user, for the sections of the user
}

// columns returns the columns of names that are separated by spaces.
func columns(names, kinds string) (out []column) {
	for i, name := range strings.Fields(names) {
		start := `"` + name + `":`
		if i > 0 {
			start = "," + start
		}
		out = append(out, column{start, kinds[i]})
	}
	return out
}

// appendMembers appends the members of an object, without braces.
func (b *buffer) appendMembers(to []byte, cols []column, row [][]byte) []byte {
	for i, c := range cols {
		to = b.appendValue(append(to, c.start...), c.kind, row[i])
	}
	return to
}

func (b *buffer) appendValue(to []byte, kind byte, cell []byte) []byte {
	if cell == nil {
		return append(to, "null"...)
	}
	switch kind {
	case 'b':
		if cell[0] == 't' {
			return append(to, "true"...)
		}
		return append(to, "false"...)
	case 's':
		return scalar.AppendString(to, cell)
	case 'e':
		return append(appendUpper(append(to, '"'), cell), '"')
	case 'f':
		return appendFloat(to, cell)
	case 't':
		return append(appendTime(append(to, '"'), cell), '"')
	case 'a':
		return append(append(append(to, '['), cell[1:len(cell)-1]...), ']')
	case 'l':
		for i, v := range bytes.Split(cell[1:len(cell)-1], []byte{','}) {
			to = appendFloat(append(to, "[,"[min(i, 1)]), v)
		}
		return append(to, ']')
	case 'u':
		return append(b.sections.append(append(to, '['), parseNumber(cell), ','), ']')
	}
	return append(to, cell...)
}

func appendUpper(to, cell []byte) []byte {
	for _, c := range cell {
		to = append(to, c&^('a'-'A'))
	}
	return to
}

func appendFloat(to, cell []byte) []byte {
	to = append(to, cell...)
	if bytes.IndexByte(cell, '.') < 0 {
		to = append(to, ".0"...)
	}
	return to
}

// appendTime appends a time such as 2026-09-01 12:00:00.5+00 as 2026-09-01T12:00:00.500000Z.
func appendTime(to, cell []byte) []byte {
	to = append(append(append(to, cell[:10]...), 'T'), cell[11:19]...)
	if fraction := cell[19 : len(cell)-len("+00")]; len(fraction) > 0 {
		to = append(append(to, fraction...), "000000"[len(fraction)-1:]...)
	}
	return append(to, 'Z')
}

func parseNumber(cell []byte) (n int64) {
	for _, c := range cell {
		n = n*10 + int64(c-'0')
	}
	return n
}

// appendItemStart appends the start of an object in a list.
func appendItemStart(to []byte, first bool) []byte {
	if !first {
		to = append(to, ',')
	}
	return append(to, '{')
}
