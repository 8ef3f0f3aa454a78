package rowcodec_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/momotor/resultgraph/internal/rowcodec"
)

// A reader returns the values that were appended.
func TestReader(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.SliceOfN(rapid.Ptr(rapid.String(), true), 3, 3)).Draw(t, "rows")
		b := rowcodec.AppendAbsent(rowcodec.AppendPresent([]byte{rowcodec.Magic}))
		for _, row := range rows {
			b = rowcodec.AppendPresent(b)
			for _, value := range row {
				if value == nil {
					b = rowcodec.AppendNull(b)
				} else {
					b = rowcodec.AppendValue(b, *value)
				}
			}
		}
		b = rowcodec.AppendAbsent(b)
		r, ok := rowcodec.NewReader(b)
		if !ok || !r.Present() || r.Present() {
			t.Fatalf("the answer %q does not begin with a present and an absent object", b)
		}
		for i, row := range rows {
			if !r.Present() {
				t.Fatalf("row %d is missing", i)
			}
			for j, want := range row {
				if got := r.Value(); (got == nil) != (want == nil) || want != nil && string(got) != *want {
					t.Fatalf("value %d of row %d = %q, want %v", j, i, got, want)
				}
			}
		}
		if r.Present() || r.Err() != nil || r.Remaining() != 0 {
			t.Fatalf("after the last row: %v, %d bytes, want the end", r.Err(), r.Remaining())
		}
	})
}

// A reader of arbitrary bytes stops, and stays within them.
func FuzzReader(f *testing.F) {
	f.Add([]byte{rowcodec.Magic, 1, 3, 'a', 'b', 0, 0}, uint64(0b1011))
	f.Add([]byte{rowcodec.Magic, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, uint64(1))
	f.Add([]byte("{}"), uint64(0))
	f.Fuzz(func(t *testing.T, data []byte, valueBits uint64) {
		r, ok := rowcodec.NewReader(data)
		if ok != bytes.HasPrefix(data, []byte{rowcodec.Magic}) {
			t.Fatalf("NewReader(%q) = %t", data, ok)
		}
		for remaining := -1; r.Err() == nil && remaining != r.Remaining(); valueBits = valueBits>>1 | valueBits<<63 {
			if remaining = r.Remaining(); valueBits&1 > 0 {
				r.Value()
			} else {
				r.Present()
			}
		}
		if r.Err() != nil && (r.Present() || r.Value() != nil) {
			t.Errorf("reading %q goes on after %v", data, r.Err())
		}
	})
}
