package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// serveContent writes content or the requested range of it. The caller has set all headers but
// the length. It returns an error if the content does not have the range, and has written nothing in
// this case. A read error ends the connection.
//
// The content is untrusted: students and authors of reports write it. No page may embed it, and
// browsers show it in an origin of its own, without scripts, forms and external resources.
func (ar *apiRequest) serveContent(w http.ResponseWriter, r *http.Request, content io.ReadSeeker) error {
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
	// RFC 9110 14.2: units other than bytes, and ranges with methods other than GET, are ignored.
	if r.Method != http.MethodGet || !strings.HasPrefix(r.Header.Get("Range"), "bytes=") {
		r = withoutRange(r)
	}
	reader, writer := &errorReader{ReadSeeker: content}, &rangeWriter{ResponseWriter: w}
	http.ServeContent(writer, r, "", time.Time{}, reader)
	if reader.err != nil {
		ar.abort(r, "download interrupted", reader.err)
	}
	if writer.unsatisfiable {
		return unsatisfiableRange(h, content)
	}
	return nil
}

// unsatisfiableRange removes the headers of the content and returns the error for a range that
// the content does not have.
func unsatisfiableRange(h http.Header, content io.Seeker) error {
	size, err := content.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	for _, name := range []string{"Accept-Ranges", "Content-Disposition", "Content-Length", "ETag"} {
		h.Del(name)
	}
	h.Set("Content-Range", fmt.Sprintf("bytes */%d", size)) // RFC 9110 15.5.17
	return notSatisfiable
}

// A rangeWriter discards the responses of http.ServeContent to unsatisfiable ranges: 416 with plain
// text or, for the last 0 bytes, 206 with an empty range.
type rangeWriter struct {
	http.ResponseWriter
	unsatisfiable bool
}

func (w *rangeWriter) WriteHeader(status int) {
	empty := status == http.StatusPartialContent && w.Header().Get("Content-Length") == "0"
	if w.unsatisfiable = empty || status == http.StatusRequestedRangeNotSatisfiable; !w.unsatisfiable {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *rangeWriter) Write(b []byte) (int, error) {
	if w.unsatisfiable {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

func (w *rangeWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// withoutRange returns the request without its Range header.
func withoutRange(r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	r.Header.Del("Range")
	return r
}

// abort ends the connection, so that the client notices that the response is incomplete.
func (ar *apiRequest) abort(r *http.Request, message string, err error) {
	if r.Context().Err() == nil && !errors.Is(err, context.Canceled) {
		ar.conf.Log.ErrorContext(r.Context(), message, "path", r.URL.Path, "error", err)
	}
	panic(http.ErrAbortHandler)
}

// An errorReader keeps the read error, which http.ServeContent drops.
type errorReader struct {
	io.ReadSeeker
	err error
}

func (er *errorReader) Read(p []byte) (int, error) {
	n, err := er.ReadSeeker.Read(p)
	if err != nil && err != io.EOF {
		er.err = err
	}
	return n, err
}

// contentDisposition returns a Content-Disposition header (RFC 6266). A name that is not ASCII
// appears twice: in UTF-8, and in ASCII for old clients.
func contentDisposition(kind, name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/%`, r) {
			return '_'
		}
		return r
	}, name)
	header := kind + `; filename="` + ascii + `"`
	if ascii != name {
		// url.PathEscape escapes fewer characters than RFC 8187 requires.
		header += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(strings.ToValidUTF8(name, "_")), "+", "%20")
	}
	return header
}
