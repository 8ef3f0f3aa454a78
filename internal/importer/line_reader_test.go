package importer

import (
	"bytes"
	"io"
	"testing"
)

// The reader skips blank lines and continues after a line that is too long.
func TestLineReader(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("x"), maxLineBytes-2)
	manifest := bytes.Join([][]byte{[]byte("\uFEFFa"), nil, []byte(" b \r"), long, append(long, "xxxx"...), []byte("c")}, []byte("\n"))
	lines := newLineReader(bytes.NewReader(manifest), maxLineBytes)
	want := []line{{number: 1, text: []byte("a")}, {number: 3, text: []byte("b")}, {number: 4, text: long}, {number: 5, tooLong: true}, {number: 6, text: []byte("c")}}
	for _, w := range want {
		got, err := lines.next()
		if err != nil || got.number != w.number || got.tooLong != w.tooLong || !bytes.Equal(got.text, w.text) {
			t.Fatalf("next() = line %d of %d bytes (%v), want line %d of %d bytes", got.number, len(got.text), err, w.number, len(w.text))
		}
	}
	if l, err := lines.next(); err != io.EOF {
		t.Errorf("next() = line %d, %v, want the end", l.number, err)
	}
}
