package bundle

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

// A short document cannot repeat a long name of a section in each of its files.
func TestNamesOfFilesAreLimited(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"basename", "baseclass"} {
		xml := `<recipe xmlns="http://momotor.org/1.0"><files ` + attribute + `="` + strings.Repeat("a", 10_000) + `">` +
			strings.Repeat(`<file name="n" class="c" ref="r"/>`, 1000) + `</files></recipe>`
		_, err := Open(t.Context(), strings.NewReader(xml), int64(len(xml)), Limits{XMLBytes: 1 << 20})
		wantError(t, attribute, err, "over 1048576 bytes")
	}
}

// A file has one digest of each algorithm.
func TestRepeatedHashes(t *testing.T) {
	t.Parallel()
	b, err := openBundle([]byte(`<product xmlns="http://momotor.org/1.0"><files><file name="n" sha3-224="aa" sha3_224="bb" md5="cc" md5="dd"/></files></product>`))
	if err != nil {
		t.Fatal(err)
	}
	hashes := b.Attachments()[0].Hashes
	if len(hashes) != 2 || hashes[0].Digest != "aa" || hashes[1].Digest != "cc" {
		t.Errorf("hashes = %v, want the first of each algorithm", hashes)
	}
}

// Open stops when its context ends, and does not blame the bundle.
func TestOpenStops(t *testing.T) {
	t.Parallel()
	xml := []byte(`<recipe xmlns="http://momotor.org/1.0"><steps>` + strings.Repeat("<!-- -->", 10_000) + `</steps></recipe>`)
	for _, data := range [][]byte{xml, makeZip(t, "recipe.xml", string(xml))} {
		ctx, cancel := context.WithCancel(t.Context())
		r := &cancelingReader{bytes.NewReader(data), cancel}
		_, err := Open(ctx, r, int64(len(data)), Limits{})
		if !errors.Is(err, context.Canceled) || isBundleError(err) {
			t.Errorf("Open = %v, want context.Canceled", err)
		}
	}
}

// A cancelingReader cancels a context when the start of the content is read.
type cancelingReader struct {
	*bytes.Reader
	cancel func()
}

func (r *cancelingReader) ReadAt(p []byte, off int64) (int, error) {
	if off == 0 {
		r.cancel()
	}
	return r.Reader.ReadAt(p, off)
}
