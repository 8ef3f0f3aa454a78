package cells_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/momotor/resultgraph/internal/cells"
)

// What is written is read back.
func TestReader(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.SliceOfN(rapid.Ptr(rapid.String(), true), 3, 3)).Draw(t, "rows")
		b := cells.AppendEnd(cells.AppendMore([]byte{cells.Mark}))
		for _, row := range rows {
			b = cells.AppendMore(b)
			for _, c := range row {
				if c == nil {
					b = cells.AppendNull(b)
				} else {
					b = cells.Append(b, *c)
				}
			}
		}
		b = cells.AppendEnd(b)
		r, ok := cells.NewReader(b)
		if !ok || !r.More() || r.More() {
			t.Fatalf("the answer %q does not begin with an object that is there and one that is not", b)
		}
		for i, row := range rows {
			if !r.More() {
				t.Fatalf("row %d is missing", i)
			}
			for j, want := range row {
				if got := r.Cell(); (got == nil) != (want == nil) || want != nil && string(got) != *want {
					t.Fatalf("cell %d of row %d = %q, want %v", j, i, got, want)
				}
			}
		}
		if r.More() || r.Err() != nil || r.Rest() != 0 {
			t.Fatalf("after the last row: %v, %d bytes, want the end", r.Err(), r.Rest())
		}
	})
}

// Whatever the bytes are, reading ends, within them.
func FuzzReader(f *testing.F) {
	f.Add([]byte{cells.Mark, 1, 3, 'a', 'b', 0, 0}, uint64(0b1011))
	f.Add([]byte{cells.Mark, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, uint64(1))
	f.Add([]byte("{}"), uint64(0))
	f.Fuzz(func(t *testing.T, data []byte, which uint64) {
		r, ok := cells.NewReader(data)
		if ok != bytes.HasPrefix(data, []byte{cells.Mark}) {
			t.Fatalf("NewReader(%q) = %t", data, ok)
		}
		for left := -1; r.Err() == nil && left != r.Rest(); which = which>>1 | which<<63 {
			if left = r.Rest(); which&1 > 0 {
				r.Cell()
			} else {
				r.More()
			}
		}
		if r.Err() != nil && (r.More() || r.Cell() != nil) {
			t.Errorf("reading %q goes on after %v", data, r.Err())
		}
	})
}
