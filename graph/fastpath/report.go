package fastpath

import (
	"errors"
	"fmt"
	"net/http"
)

// Header is the response header that says how an operation was answered.
const Header = "X-Resultgraph-Path"

// A Report says how an operation was answered.
type Report struct {
	// Fallback is why the resolvers answered, nil if the fast path did.
	Fallback error
	// StreamErr is the error that interrupted an answer after its first part was sent.
	StreamErr error
	// Statements is the number of statements that the fast path ran, without the resolvers'.
	Statements int
	// Stream, if set, begins a large answer of a path, fast or mixed: the data is written to
	// the sink that it returns, and the response has none.
	Stream func(path string) Sink

	fast bool
	// resolved is why the resolvers answered a part of the operation.
	resolved *unsupportedError
	sink     Sink
}

// A Sink receives the parts of an answer.
type Sink interface {
	Write(data []byte) (int, error)
}

// Streaming reports whether a part of the answer was sent. An error can not be reported to
// the client after that.
func (r *Report) Streaming() bool { return r.sink != nil }

// SetHeader sets Header. Its value names fields of the schema, never data. It is not set when
// the fast path was off.
func (r *Report) SetHeader(h http.Header) {
	var unsupported *unsupportedError
	switch {
	case errors.As(r.Fallback, &unsupported):
		h.Set(Header, "resolvers; unsupported: "+unsupported.what)
	case r.Fallback != nil:
		h.Set(Header, "resolvers; "+r.FallbackReason())
	case r.fast && r.resolved != nil:
		h.Set(Header, fmt.Sprintf("mixed; statements=%d; unsupported: %s", r.Statements, r.resolved.what))
	case r.fast:
		h.Set(Header, fmt.Sprintf("fast; statements=%d", r.Statements))
	}
}

// Fast reports whether the fast path answered the operation or a part of it.
func (r *Report) Fast() bool { return r.fast }

// Mixed reports whether the resolvers answered the rest of the operation.
func (r *Report) Mixed() bool { return r.fast && r.resolved != nil }

// FallbackReason returns why the resolvers answered: unsupported, argument or error. It is
// empty if they did not.
func (r *Report) FallbackReason() string {
	var unsupported *unsupportedError
	var argument *argumentError
	switch {
	case r.Fallback == nil:
		return ""
	case errors.As(r.Fallback, &unsupported):
		return "unsupported"
	case errors.As(r.Fallback, &argument):
		return "argument"
	}
	return "error"
}

func (r *Report) done(p *plan) { r.fast, r.resolved = true, p.unsupported }

func (r *Report) fallBack(err error) { r.fast, r.Fallback = false, err }
