package access

import (
	"maps"
	"net/http"
)

// A ConfirmingWriter sends a response only if the caller is confirmed. If the caller is not confirmed
// at the first byte, it confirms the caller. If that fails, it sends a rejection in place of the
// response. So a caller whose key was revoked gets no other response, whatever the handler does.
type ConfirmingWriter struct {
	http.ResponseWriter
	confirm func() error
	reject  func(http.ResponseWriter, error)
	// header is the header before the handler changed it.
	header   http.Header
	rejected bool
}

// NewConfirmingWriter returns a writer to w. Until Require it sends everything.
func NewConfirmingWriter(w http.ResponseWriter) *ConfirmingWriter {
	return &ConfirmingWriter{ResponseWriter: w}
}

// Require makes the writer confirm the caller of an authentication with confirm. After an error of
// confirm, reject gets the error and the writer for the rejection.
func (w *ConfirmingWriter) Require(a *Authentication, confirm func() error, reject func(http.ResponseWriter, error)) {
	if a.Remembered() == nil {
		return
	}
	w.confirm, w.reject, w.header = confirm, reject, maps.Clone(w.ResponseWriter.Header())
}

// admit reports whether the response may be sent.
func (w *ConfirmingWriter) admit() bool {
	if w.confirm != nil {
		if err := w.confirm(); err != nil {
			w.replace(err)
		}
		w.confirm = nil
	}
	return !w.rejected
}

// replace sends the rejection.
func (w *ConfirmingWriter) replace(err error) {
	w.rejected = true
	h := w.ResponseWriter.Header()
	clear(h)
	maps.Copy(h, w.header)
	w.reject(w.ResponseWriter, err)
}

// WriteHeader implements http.ResponseWriter.
func (w *ConfirmingWriter) WriteHeader(status int) {
	if w.admit() {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter. It discards the response after a rejection.
func (w *ConfirmingWriter) Write(b []byte) (int, error) {
	if !w.admit() {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// FlushError implements the Flush of http.ResponseController.
func (w *ConfirmingWriter) FlushError() error {
	if !w.admit() {
		return nil
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Close confirms the caller if the handler has written nothing: package http then sends the header. The
// writer must not be used after Close.
func (w *ConfirmingWriter) Close() { w.admit() }

// Unwrap returns the writer for http.ResponseController, which needs it for deadlines.
func (w *ConfirmingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
