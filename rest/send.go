package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// serve sends content of which all headers but its length are set, or the range of it that
// was asked for. A range that it does not have is an error, before the first byte. It never
// replies with half of it: what cannot be read while it is sent ends the connection.
//
// Students make what is in it, and so does whoever writes a report. No page of ours may
// embed it, and if a browser shows it, it does so in an origin of its own, without
// scripts, forms or anything from elsewhere.
func (c *call) serve(w http.ResponseWriter, r *http.Request, content io.ReadSeeker) error {
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
	// RFC 9110 14.2: other units, and the ranges of other methods than GET, are ignored.
	if r.Method != http.MethodGet || !strings.HasPrefix(r.Header.Get("Range"), "bytes=") {
		r = withoutRange(r)
	}
	watched, ranged := &watched{ReadSeeker: content}, &ranged{ResponseWriter: w}
	http.ServeContent(ranged, r, "", time.Time{}, watched)
	if watched.err != nil {
		c.abort(r, "a download was broken off", watched.err)
	}
	if ranged.refused {
		return refuseRange(h, content)
	}
	return nil
}

// refuseRange takes back the headers of the content that is not sent.
func refuseRange(h http.Header, content io.Seeker) error {
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

// ranged keeps back what http.ServeContent says when there is no such range: plain text,
// or, where the last 0 bytes are asked for, a range that ends before it begins.
type ranged struct {
	http.ResponseWriter
	refused bool
}

func (w *ranged) WriteHeader(status int) {
	empty := status == http.StatusPartialContent && w.Header().Get("Content-Length") == "0"
	if w.refused = empty || status == http.StatusRequestedRangeNotSatisfiable; !w.refused {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *ranged) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

func (w *ranged) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// withoutRange is the request for all of the content.
func withoutRange(r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	r.Header.Del("Range")
	return r
}

// abort ends the connection, so that the client does not take what it has for the whole.
func (c *call) abort(r *http.Request, message string, err error) {
	if r.Context().Err() == nil && !errors.Is(err, context.Canceled) {
		c.conf.Log.ErrorContext(r.Context(), message, "path", r.URL.Path, "error", err)
	}
	panic(http.ErrAbortHandler)
}

// watched notes that reading failed, which http.ServeContent does not tell.
type watched struct {
	io.ReadSeeker
	err error
}

func (c *watched) Read(p []byte) (int, error) {
	n, err := c.ReadSeeker.Read(p)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}
