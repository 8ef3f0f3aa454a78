package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// serve sends content of which all headers but its length are set. It never replies with
// half of it: what cannot be read while it is sent ends the connection.
//
// Students make what is in it, and so does whoever writes a report. No page of ours may
// embed it, and if a browser shows it, it does so in an origin of its own, without
// scripts, forms or anything from elsewhere.
func (c *call) serve(w http.ResponseWriter, r *http.Request, content io.ReadSeeker) {
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
	if !strings.HasPrefix(r.Header.Get("Range"), "bytes=") { // RFC 9110 14.2: other units are ignored
		r = withoutRange(r)
	}
	watched := &watched{ReadSeeker: content}
	http.ServeContent(w, r, "", time.Time{}, watched)
	if watched.err != nil {
		c.abort(r, "a download was broken off", watched.err)
	}
}

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
