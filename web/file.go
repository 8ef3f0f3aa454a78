package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
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

// A file is one file of the build. The binary contains it compressed with gzip. Clients that do not
// accept gzip are rare; the uncompressed content is kept after the first request for it.
type file struct {
	build     fs.FS
	name      string // in build
	mediaType string
	etag      string // without quotes
	plain     func() []byte
}

// load returns the files of the folder dist by their path in it, without the extension .gz. It panics when
// the build has a file of an unknown type or without compression, which a test would detect.
func load(build fs.FS) map[string]*file {
	files := map[string]*file{}
	err := fs.WalkDir(build, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := newFile(build, name)
		files[strings.TrimSuffix(strings.TrimPrefix(name, "dist/"), ".gz")] = f
		return err
	})
	if err != nil {
		panic(fmt.Errorf("load the built pages: %w", err))
	}
	return files
}

func newFile(build fs.FS, name string) (*file, error) {
	mediaType, ok := mediaTypes[path.Ext(strings.TrimSuffix(name, ".gz"))]
	if !ok {
		return nil, fmt.Errorf("%s: mediaTypes has no such extension", name)
	}
	if !strings.HasSuffix(name, ".gz") {
		return nil, fmt.Errorf("%s is not compressed", name)
	}
	content, err := fs.ReadFile(build, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	return &file{
		build:     build,
		name:      name,
		mediaType: mediaType,
		etag:      hex.EncodeToString(sum[:8]),
		plain:     sync.OnceValue(func() []byte { return decompress(build, name) }),
	}, nil
}

// decompress returns the uncompressed content of a file. It panics when the file is not valid, which a
// test would detect.
func decompress(build fs.FS, name string) []byte {
	compressed, err := build.Open(name)
	if err != nil {
		panic(err)
	}
	defer compressed.Close()
	r, err := gzip.NewReader(compressed)
	if err != nil {
		panic(fmt.Errorf("%s: %w", name, err))
	}
	content, err := io.ReadAll(r)
	if err != nil {
		panic(fmt.Errorf("%s: %w", name, err))
	}
	return content
}

// serve answers with the file, compressed when the client accepts gzip. The standard library
// handles ranges and conditions.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.mediaType)
	h.Add("Vary", "Accept-Encoding")
	if !acceptsGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("ETag", strconv.Quote(f.etag))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.plain()))
		return
	}
	h.Set("ETag", strconv.Quote(f.etag+"-gzip"))
	h.Set("Content-Encoding", "gzip")
	http.ServeFileFS(w, r, f.build, f.name)
}

// acceptsGzip reports whether an Accept-Encoding header names gzip with a weight above zero.
// For "*" it returns false, which is always correct.
func acceptsGzip(header []string) bool {
	weight, _ := accept.CodingWeight(accept.Parse(header), "gzip")
	return weight > 0
}
