package demo_test

import (
	"io"
	"testing"

	"github.com/momotor/resultgraph/internal/demo"
)

// BenchmarkWriteZip writes the default data set as one zip and discards it.
func BenchmarkWriteZip(b *testing.B) {
	for b.Loop() {
		if err := demo.WriteZip(b.Context(), io.Discard, demo.DefaultOptions()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFiles generates the files of the default data set.
func BenchmarkFiles(b *testing.B) {
	for b.Loop() {
		n := 0
		for _, content := range demo.Files(demo.DefaultOptions()) {
			n += len(content)
		}
		b.SetBytes(int64(n))
	}
}
