package graph

import (
	"fmt"
	"net/http"

	"github.com/momotor/resultgraph/graph/fastpath"
)

// A flow sends an answer with data and no errors while the data are read.
type flow struct {
	w          http.ResponseWriter
	sent, most int
}

// begin sends what stands before the data.
func (f *flow) begin() fastpath.Sink {
	h := f.w.Header()
	h.Set(fastpath.Header, "fast; streamed")
	f.w.WriteHeader(http.StatusOK)
	_, _ = f.w.Write([]byte(`{"data":`)) // whether the client is there, the data will tell
	return f
}

// Write sends data, all of them at once.
func (f *flow) Write(data []byte) (int, error) {
	if f.sent += len(data); f.sent > f.most {
		return 0, fmt.Errorf("the answer is larger than the %d bytes that are allowed", f.most)
	}
	n, err := f.w.Write(data)
	if err == nil {
		_ = http.NewResponseController(f.w).Flush() // a writer that compresses may keep it back
	}
	return n, err
}

// end sends what follows the data, or returns why they are incomplete.
func (f *flow) end(err error) error {
	if err == nil {
		_, _ = f.w.Write([]byte("}"))
	}
	return err
}
