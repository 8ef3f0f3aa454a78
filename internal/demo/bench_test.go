package demo_test

import (
	"io"
	"testing"

	"github.com/momotor/resultgraph/internal/demo"
)

// BenchmarkWrite writes the default data set into a folder.
func BenchmarkWrite(b *testing.B) {
	for b.Loop() {
		if err := demo.Write(b.Context(), b.TempDir(), demo.DefaultOptions()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWriteZip writes it as one zip, to nowhere.
func BenchmarkWriteZip(b *testing.B) {
	for b.Loop() {
		if err := demo.WriteZip(b.Context(), io.Discard, demo.DefaultOptions()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFiles makes the same without a disk.
func BenchmarkFiles(b *testing.B) {
	for b.Loop() {
		n := 0
		for _, content := range demo.Files(demo.DefaultOptions()) {
			n += len(content)
		}
		b.SetBytes(int64(n))
	}
}
