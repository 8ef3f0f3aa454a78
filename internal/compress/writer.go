package compress

import (
	"io"
	"net/http"
	"strconv"

	"github.com/klauspost/compress/gzhttp/writer/gzkp"
	"github.com/klauspost/compress/gzhttp/writer/zstdkp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A responseWriter buffers the start of a response until it is known whether to compress it.
type responseWriter struct {
	http.ResponseWriter
	encoding string // the client's preference, "" for none
	required bool   // the client rejects an unencoded response
	isHead   bool

	status     int     // 0 until WriteHeader
	headerSent bool    // the decision to compress is made
	buffer     []byte  // written before headerSent
	encoder    encoder // nil if the response is not compressed
}

type encoder interface {
	io.WriteCloser
	Flush() error
}

// Unwrap lets http.ResponseController reach the methods that set deadlines.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter. It delays the header if the size of the
// response decides whether it is compressed, and that size is unknown.
func (w *responseWriter) WriteHeader(status int) {
	if w.status != 0 || status < 200 {
		w.ResponseWriter.WriteHeader(status) // informational, or a second call, which net/http logs
		return
	}
	w.status = status
	h := w.Header()
	if status == http.StatusNotModified { // without a Content-Type, which decides whether the 200 is compressed
		addVary(h)
		if w.encoding != "" {
			weakenETag(h)
		}
	}
	if !isCompressible(status, h) {
		w.startPlain()
		return
	}
	addVary(h)
	length, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	switch known := err == nil; {
	case w.encoding == "", known && length < minSize && !w.required, !known && w.isHead:
		w.startPlain()
	case known || w.required:
		w.startCompressed()
	}
}

// Write implements http.ResponseWriter.
func (w *responseWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.headerSent {
		if len(w.buffer)+len(b) < minSize {
			w.buffer = append(w.buffer, b...)
			return len(b), nil
		}
		w.startCompressed()
	}
	if w.encoder == nil {
		return w.ResponseWriter.Write(b)
	}
	return w.encoder.Write(b)
}

// FlushError implements http.ResponseController's Flush. A flushed response is streamed, so
// it is compressed whatever its size is so far.
func (w *responseWriter) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.headerSent {
		w.startCompressed()
	}
	if w.encoder != nil {
		if err := w.encoder.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// close completes the response.
func (w *responseWriter) close() {
	if w.status != 0 && !w.headerSent {
		w.startPlain()
	}
	if w.encoder != nil {
		_ = w.encoder.Close() // fails only if the client has disconnected
	}
}

// startPlain sends the header of a response that is not compressed, and the buffer.
func (w *responseWriter) startPlain() {
	w.headerSent = true
	w.ResponseWriter.WriteHeader(w.status)
	if len(w.buffer) > 0 {
		_, _ = w.ResponseWriter.Write(w.buffer)
	}
}

// startCompressed sends the header of a compressed response, and the buffer.
func (w *responseWriter) startCompressed() {
	w.headerSent = true
	h := w.Header()
	h.Del("Content-Length")
	h.Del("Accept-Ranges") // ranges of the encoded bytes are not served
	h.Set("Content-Encoding", w.encoding)
	weakenETag(h)
	w.ResponseWriter.WriteHeader(w.status)
	if w.encoder = w.newEncoder(); len(w.buffer) > 0 {
		_, _ = w.encoder.Write(w.buffer)
	}
}

// newEncoder returns an encoder of the fastest level. On lists of results the higher levels
// take up to three times as long and save few bytes.
func (w *responseWriter) newEncoder() encoder {
	switch {
	case w.isHead:
		return discardEncoder{}
	case w.encoding == "zstd":
		return zstdkp.NewWriter(w.ResponseWriter, int(zstd.SpeedFastest))
	}
	return gzkp.NewWriter(w.ResponseWriter, gzip.BestSpeed)
}

// A discardEncoder is the encoder of a response to HEAD, whose body stays empty.
type discardEncoder struct{}

func (discardEncoder) Write(b []byte) (int, error) { return len(b), nil }
func (discardEncoder) Flush() error                { return nil }
func (discardEncoder) Close() error                { return nil }
