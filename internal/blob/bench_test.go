package blob

import (
	"encoding/binary"
	"strings"
	"sync/atomic"
	"testing"
)

// unique returns 2 kB of content, different in each call.
func unique(n *atomic.Uint64) *strings.Reader {
	b := make([]byte, 2048)
	binary.LittleEndian.PutUint64(b, n.Add(1))
	return strings.NewReader(string(b))
}

func BenchmarkPut(b *testing.B) {
	f := openFolder(b)
	var n atomic.Uint64
	for b.Loop() {
		if _, _, err := f.Put(b.Context(), unique(&n)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
}

func BenchmarkPutParallel(b *testing.B) {
	f := openFolder(b)
	var n atomic.Uint64
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := f.Put(b.Context(), unique(&n)); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
}

func BenchmarkPutAgain(b *testing.B) {
	f := openFolder(b)
	for b.Loop() {
		if _, _, err := f.Put(b.Context(), strings.NewReader("always the same")); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
}

// BenchmarkBatch stores a thousand blobs per iteration.
func BenchmarkBatch(b *testing.B) {
	f := openFolder(b)
	var n atomic.Uint64
	for b.Loop() {
		batch := f.Batch()
		for range 1000 {
			if _, _, err := batch.Put(b.Context(), unique(&n)); err != nil {
				b.Fatal(err)
			}
		}
		if err := batch.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "puts/s")
}

func BenchmarkOpen(b *testing.B) {
	f := openFolder(b)
	d := put(b, f, "content")
	for b.Loop() {
		c, err := f.Open(b.Context(), d, int64(len("content")))
		if err != nil {
			b.Fatal(err)
		}
		_ = c.Close()
	}
}
