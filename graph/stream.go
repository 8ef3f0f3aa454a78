package graph

import (
	"net/http"

	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/conditional"
	"github.com/momotor/resultgraph/internal/spool"
)

// A streamWriter sends an answer without errors while its data is still being read. The data passes a
// spool, so that reading never waits for the client.
type streamWriter struct {
	w      http.ResponseWriter
	spools *spool.Pool
	// owner owns the spool, which takes at most maxBytes.
	owner    string
	maxBytes int
	// condition has the entity tag of the answer.
	condition *conditional.Request

	spool *spool.Spool
	sent  chan error // the result of sending; nil while nothing is sent
}

// begin sets the headers, including the path that answers, and starts to send the answer. It returns the
// sink for the data. It fails with spool.ErrFull if the clients of others do not read their answers.
func (s *streamWriter) begin(path string) (fastpath.Sink, error) {
	var err error
	if s.spool, err = s.spools.Open(s.owner, int64(s.maxBytes)); err != nil {
		return nil, err
	}
	s.w.Header().Set(fastpath.Header, path+"; streamed")
	s.condition.SetHeader(s.w.Header())
	s.w.WriteHeader(http.StatusOK)
	s.sent = make(chan error, 1)
	go func() {
		_ = s.send([]byte(`{"data":`)) // a later write reports a lost connection
		s.sent <- s.spool.Send(s.send)
	}()
	return s.spool, nil
}

func (s *streamWriter) send(data []byte) error {
	_, err := s.w.Write(data)
	if err == nil {
		_ = http.NewResponseController(s.w).Flush() // a compressing writer may buffer the data
	}
	return err
}

// end waits until the client has the data and sends the end of the answer. If reading failed with err,
// it sends no more data. It returns the error of reading or sending, after which the answer is
// incomplete.
func (s *streamWriter) end(err error) error {
	if err != nil {
		s.spool.Abort(err)
	} else {
		s.spool.Close()
	}
	if sendErr := s.wait(); err == nil {
		err = sendErr
	}
	if err == nil {
		_, _ = s.w.Write([]byte("}"))
	}
	return err
}

// stop stops sending if end was not called because of a panic.
func (s *streamWriter) stop() {
	if s.sent != nil {
		s.spool.Abort(http.ErrAbortHandler)
		_ = s.wait()
	}
}

// wait waits until nothing is sent any more.
func (s *streamWriter) wait() error {
	err := <-s.sent
	s.sent = nil
	return err
}
