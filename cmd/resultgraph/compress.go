package main

import (
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzhttp/writer/gzkp"
	"github.com/klauspost/compress/gzhttp/writer/zstdkp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// least is how long an answer must be for compression to pay: below it nearly all goes in
// one packet either way.
const least = 1 << 10

// compressed compresses the answers of next for clients that accept it: text of some
// length, in whole and without a coding of its own. Archives and ranges stay as they are.
//
// The answer to a client without Accept-Encoding is left alone altogether, with its Vary:
// what it got is right for everybody.
//
// The length of a compressed answer tells something about it to whoever can see traffic,
// make somebody's browser send requests, and choose text in the answers (BREACH). Here a
// request counts only with an API key in its Authorization header, which no browser adds
// to the requests of a foreign page, and no answer holds a key. Whoever lets cookies tell
// who asks must think about it again: documents come back in aliases and messages.
func compressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accept := strings.Join(r.Header.Values("Accept-Encoding"), ",")
		if accept == "" {
			next.ServeHTTP(w, r)
			return
		}
		coding, must := chooseCoding(accept)
		a := &codedAnswer{ResponseWriter: w, coding: coding, must: must, head: r.Method == http.MethodHead}
		next.ServeHTTP(a, r)
		a.end() // not after a panic: what broke off must not look whole
	})
}

// A codedAnswer compresses what is written to it, once it knows that it should.
type codedAnswer struct {
	http.ResponseWriter
	coding     string // that the client likes best, "" for none
	must, head bool

	status  int     // 0 before it is set
	decided bool    // the header is sent
	held    []byte  // what was written before
	to      encoder // compresses; nil in an answer that stays as it is
}

type encoder interface {
	io.WriteCloser
	Flush() error
}

// Unwrap is for http.ResponseController, which sets deadlines.
func (a *codedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader implements http.ResponseWriter. The header waits while it depends on the
// length of the answer whether that is compressed.
func (a *codedAnswer) WriteHeader(status int) {
	if a.status != 0 || status < 200 {
		a.ResponseWriter.WriteHeader(status) // informational, or a mistake that net/http logs
		return
	}
	a.status = status
	h := a.Header()
	if status == http.StatusNotModified { // of which answer, it does not tell
		vary(h)
		if a.coding != "" {
			weaken(h)
		}
	}
	if !compressible(status, h) {
		a.plain()
		return
	}
	vary(h)
	length, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	switch known := err == nil; {
	case a.coding == "", known && length < least && !a.must, !known && a.head:
		a.plain()
	case known || a.must:
		a.begin()
	}
}

// Write implements http.ResponseWriter.
func (a *codedAnswer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if !a.decided {
		if len(a.held)+len(b) < least {
			a.held = append(a.held, b...)
			return len(b), nil
		}
		a.begin()
	}
	if a.to == nil {
		return a.ResponseWriter.Write(b)
	}
	return a.to.Write(b)
}

// FlushError is for http.ResponseController. An answer that is flushed goes on to come in
// parts, so its length says nothing.
func (a *codedAnswer) FlushError() error {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if !a.decided {
		a.begin()
	}
	if a.to != nil {
		if err := a.to.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// end completes the answer.
func (a *codedAnswer) end() {
	if a.status != 0 && !a.decided {
		a.plain()
	}
	if a.to != nil {
		_ = a.to.Close() // who is gone cannot be told
	}
}

// plain sends the header of an answer that stays as it is, and what was held.
func (a *codedAnswer) plain() {
	a.decided = true
	a.ResponseWriter.WriteHeader(a.status)
	if len(a.held) > 0 {
		_, _ = a.ResponseWriter.Write(a.held)
	}
}

// begin sends the header of an answer that is compressed, and what was held.
func (a *codedAnswer) begin() {
	a.decided = true
	h := a.Header()
	h.Del("Content-Length")
	h.Del("Accept-Ranges") // they would be of other bytes
	h.Set("Content-Encoding", a.coding)
	weaken(h)
	a.ResponseWriter.WriteHeader(a.status)
	if a.to = a.encoder(); len(a.held) > 0 {
		_, _ = a.to.Write(a.held)
	}
}

// encoder returns one of the fastest level: on lists of results the levels above take up to
// three times as long for hardly fewer bytes.
func (a *codedAnswer) encoder() encoder {
	switch {
	case a.head:
		return noBody{}
	case a.coding == "zstd":
		return zstdkp.NewWriter(a.ResponseWriter, int(zstd.SpeedFastest))
	}
	return gzkp.NewWriter(a.ResponseWriter, gzip.BestSpeed)
}

// noBody is the encoder of an answer to HEAD, which has no end either.
type noBody struct{}

func (noBody) Write(b []byte) (int, error) { return len(b), nil }
func (noBody) Flush() error                { return nil }
func (noBody) Close() error                { return nil }

// compressible tells whether an answer is one that compression makes smaller. A range is
// one of the bytes that it was asked of.
func compressible(status int, h http.Header) bool {
	switch {
	case status == http.StatusNoContent, status == http.StatusPartialContent, status == http.StatusNotModified,
		h.Get("Content-Encoding") != "", h.Get("Content-Range") != "":
		return false
	}
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	kind, name, _ := strings.Cut(media, "/")
	return kind == "text" || strings.HasSuffix(name, "json") || strings.HasSuffix(name, "xml") ||
		slices.Contains([]string{"application/graphql", "application/javascript"}, media)
}

// vary notes that the answer depends on Accept-Encoding.
func vary(h http.Header) {
	if !strings.Contains(strings.Join(h.Values("Vary"), ","), "Accept-Encoding") {
		h.Add("Vary", "Accept-Encoding")
	}
}

// weaken makes the entity tag weak. It still names the content, so If-None-Match goes on
// to find it, but no longer these very bytes, which ranges are counted in (RFC 9110
// section 8.8.1).
func weaken(h http.Header) {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		h.Set("ETag", "W/"+tag)
	}
}
