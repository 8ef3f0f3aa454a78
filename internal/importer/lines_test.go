package importer

import (
	"bytes"
	"io"
	"testing"
)

// A line ends where it ends, whatever its length.
func TestLineReader(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("x"), maxLine-2)
	manifest := bytes.Join([][]byte{[]byte("\uFEFFa"), nil, []byte(" b \r"), long, append(long, "xxxx"...), []byte("c")}, []byte("\n"))
	lines := newLineReader(bytes.NewReader(manifest))
	want := []line{{no: 1, text: []byte("a")}, {no: 3, text: []byte("b")}, {no: 4, text: long}, {no: 5, long: true}, {no: 6, text: []byte("c")}}
	for _, w := range want {
		got, err := lines.next()
		if err != nil || got.no != w.no || got.long != w.long || !bytes.Equal(got.text, w.text) {
			t.Fatalf("next() = line %d of %d bytes (%v), want line %d of %d bytes", got.no, len(got.text), err, w.no, len(w.text))
		}
	}
	if l, err := lines.next(); err != io.EOF {
		t.Errorf("next() = line %d, %v, want the end", l.no, err)
	}
}
