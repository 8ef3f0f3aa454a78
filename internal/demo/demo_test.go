package demo_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"testing"
	"testing/fstest"

	"github.com/momotor/resultgraph/internal/demo"
)

// digest returns one hash of all names and contents.
func digest(options demo.Options) string {
	h := sha256.New()
	for name, content := range demo.Files(options) {
		fmt.Fprintf(h, "%q %d\n", name, len(content))
		h.Write(content)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func TestFilesAreReproducible(t *testing.T) {
	t.Parallel()
	first := demo.Options{Seed: 1, Results: 200}
	if a, b := digest(first), digest(first); a != b {
		t.Errorf("two data sets of %+v have the digests %s and %s", first, a, b)
	}
	if second := (demo.Options{Seed: 2, Results: 200}); digest(first) == digest(second) {
		t.Errorf("%+v and %+v give the same data set", first, second)
	}
}

func TestFilesHaveRequestedNumberOfResults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ results, want int }{{-1, 0}, {0, 0}, {1, 1}, {2, 2}, {13, 13}, {301, 301}} {
		got := 0
		for name, content := range demo.Files(demo.Options{Seed: 9, Results: tt.results}) {
			if name == demo.Manifest {
				got = bytes.Count(content, []byte(`{"type":"result",`))
			}
		}
		if got != tt.want {
			t.Errorf("Files(Results: %d) has %d results, want %d", tt.results, got, tt.want)
		}
	}
}

// The zip holds the same files as Files.
func TestWriteZip(t *testing.T) {
	t.Parallel()
	options := demo.Options{Seed: 3, Results: 60}
	want := maps.Collect(demo.Files(options))
	var b bytes.Buffer
	if err := demo.WriteZip(t.Context(), &b, options); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != len(want) {
		t.Errorf("WriteZip wrote %d files, want %d", len(z.File), len(want))
	}
	for path, content := range want {
		if got, err := fs.ReadFile(z, path); err != nil || !bytes.Equal(got, content) {
			t.Errorf("WriteZip wrote %d bytes to %s (%v), want %d", len(got), path, err, len(content))
		}
	}
	if err := fstest.TestFS(z, demo.Manifest); err != nil {
		t.Error(err)
	}
}

func TestWriteZipStopsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := demo.WriteZip(ctx, new(bytes.Buffer), demo.DefaultOptions()); !errors.Is(err, context.Canceled) {
		t.Errorf("WriteZip with a cancelled context = %v, want %v", err, context.Canceled)
	}
}

// A caller may stop after any file, including those of results.
func TestFilesStopsWithCaller(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 30, 60, 61, 80} {
		n := 0
		for range demo.Files(demo.Options{Results: 30}) {
			if n++; n == limit {
				break
			}
		}
		if n != limit {
			t.Errorf("Files gave %d files, want %d", n, limit)
		}
	}
}
