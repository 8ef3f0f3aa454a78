package graph

import (
	"context"
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

// end sends what stands behind the data, or notes that the answer is to be broken off.
func (f *flow) end(ctx context.Context, err error) {
	if err == nil {
		_, _ = f.w.Write([]byte("}"))
		return
	}
	if b, ok := ctx.Value(brokenKey{}).(*broken); ok {
		b.err = err
	}
}

// A broken is why an answer can not be completed. Only whoever called gqlgen's server can
// end the connection: the server would answer a panic by itself.
type broken struct{ err error }

type brokenKey struct{}

// breaking answers a request, and ends the connection if the answer broke off.
func (s *Server) breaking(w http.ResponseWriter, r *http.Request) {
	b := &broken{}
	s.gql.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), brokenKey{}, b)))
	if b.err == nil {
		return
	}
	if r.Context().Err() == nil {
		s.conf.Log.ErrorContext(r.Context(), "an answer was broken off", "error", b.err)
	}
	panic(http.ErrAbortHandler)
}
