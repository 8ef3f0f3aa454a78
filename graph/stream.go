package graph

import (
	"fmt"
	"net/http"

	"github.com/momotor/resultgraph/graph/fastpath"
)

// A streamWriter sends an answer without errors while its data is still being read.
type streamWriter struct {
	w                 http.ResponseWriter
	written, maxBytes int
}

// begin sends the headers, including the path that answers, and the start of the answer.
func (s *streamWriter) begin(path string) fastpath.Sink {
	h := s.w.Header()
	h.Set(fastpath.Header, path+"; streamed")
	s.w.WriteHeader(http.StatusOK)
	_, _ = s.w.Write([]byte(`{"data":`)) // the first write of data reports a lost connection
	return s
}

// Write sends data.
func (s *streamWriter) Write(data []byte) (int, error) {
	if s.written += len(data); s.written > s.maxBytes {
		return 0, fmt.Errorf("the answer is larger than the limit of %d bytes", s.maxBytes)
	}
	n, err := s.w.Write(data)
	if err == nil {
		_ = http.NewResponseController(s.w).Flush() // a compressing writer may buffer the data
	}
	return n, err
}

// end sends the end of the answer, unless err interrupted it, and returns err.
func (s *streamWriter) end(err error) error {
	if err == nil {
		_, _ = s.w.Write([]byte("}"))
	}
	return err
}
