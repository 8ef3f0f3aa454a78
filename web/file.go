package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/momotor/resultgraph/internal/accept"
)

// mediaTypes maps the extensions of built files to media types. It is fixed, so that the
// tables of the operating system have no effect.
var mediaTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".md":   "text/markdown; charset=utf-8",
	".svg":  "image/svg+xml",
	".ttf":  "font/ttf",
}

// A file is one file of the build. Its content stays in the binary; only the compressed form
// is cached, after the first request for it.
type file struct {
	build     fs.FS
	name      string
	mediaType string
	etag      string // without quotes
	gzipped   func() []byte
}

// load returns the files of the folder dist by their path in it. It panics when the build
// has a file of an unknown type, which a test would detect.
func load(build fs.FS) map[string]*file {
	files := map[string]*file{}
	err := fs.WalkDir(build, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := newFile(build, name)
		files[strings.TrimPrefix(name, "dist/")] = f
		return err
	})
	if err != nil {
		panic(fmt.Errorf("load the built pages: %w", err))
	}
	return files
}

func newFile(build fs.FS, name string) (*file, error) {
	mediaType, ok := mediaTypes[path.Ext(name)]
	if !ok {
		return nil, fmt.Errorf("%s: mediaTypes has no %q", name, path.Ext(name))
	}
	body, err := fs.ReadFile(build, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return &file{
		build:     build,
		name:      name,
		mediaType: mediaType,
		etag:      hex.EncodeToString(sum[:8]),
		gzipped:   sync.OnceValue(func() []byte { return compress(build, name) }),
	}, nil
}

// compress returns the content of a file, compressed with gzip. It panics when the file
// cannot be read, because load has read it before.
func compress(build fs.FS, name string) []byte {
	body, err := fs.ReadFile(build, name)
	if err != nil {
		panic(err)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // writes to a buffer do not fail
	_ = w.Close()
	return b.Bytes()
}

// serve answers with the file, compressed when the client accepts gzip. The standard library
// handles ranges and conditions.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.mediaType)
	h.Add("Vary", "Accept-Encoding")
	if !acceptsGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("ETag", strconv.Quote(f.etag))
		http.ServeFileFS(w, r, f.build, f.name)
		return
	}
	h.Set("ETag", strconv.Quote(f.etag+"-gzip"))
	h.Set("Content-Encoding", "gzip")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.gzipped()))
}

// acceptsGzip reports whether an Accept-Encoding header names gzip with a weight above zero.
// For "*" it returns false, which is always correct.
func acceptsGzip(header []string) bool {
	weight, _ := accept.CodingWeight(accept.Parse(header), "gzip")
	return weight > 0
}
