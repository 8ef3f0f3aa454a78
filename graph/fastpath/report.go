package fastpath

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/db"
)

// Header is the response header with the path that answered an operation: fast, mixed or
// resolvers, or Report.Repeated.
const Header = "X-Resultgraph-Path"

// A Report describes how an operation was answered.
type Report struct {
	// Fallback is the reason why the resolvers answered the whole operation. It is nil if the
	// fast path answered or was disabled.
	Fallback error
	// StreamErr is the error that interrupted an answer after its first part was sent.
	StreamErr error
	// Statements is the number of statements that the fast path ran. Statements of resolvers
	// are not counted.
	Statements int
	// Versions are the versions that the answer depends on. They are known before Stream is called. They
	// are nil if a part of the answer has none, or if resolvers answered a part of the operation.
	Versions *db.Versions
	// Repeated is "unchanged" if the client has the answer already, "cache" if the answer was in memory, and
	// "" if it was read.
	Repeated string
	// OnShared, if set, is called if the data of the response is shared with other responses and stays in
	// memory until release is called. The data then needs no copy.
	OnShared func(release func())
	// Stream, if set, starts the response for a large answer and returns the sink for its data, which
	// must not wait for the client. The path is fast or mixed. The data of such an answer is not part
	// of the graphql.Response.
	Stream func(path string) (Sink, error)

	fast, rejected bool
	// unsupported is the reason why the resolvers answered a part of the operation, or nil.
	unsupported *unsupportedError
	sink        Sink
}

// A Sink receives the parts of an answer.
type Sink interface {
	Write(data []byte) (int, error)
}

// Streaming reports whether a part of the answer was sent. After that, the response cannot
// contain an error.
func (r *Report) Streaming() bool { return r.sink != nil }

// SetHeader sets Header, unless the fast path was disabled. The value can contain names of the
// schema, but no data.
func (r *Report) SetHeader(h http.Header) {
	var unsupported *unsupportedError
	switch {
	case r.Repeated != "":
		h.Set(Header, r.Repeated)
	case errors.As(r.Fallback, &unsupported):
		h.Set(Header, "resolvers; unsupported: "+unsupported.part)
	case r.Fallback != nil:
		h.Set(Header, "resolvers; "+r.FallbackReason())
	case r.fast && r.unsupported != nil:
		h.Set(Header, fmt.Sprintf("mixed; statements=%d; unsupported: %s", r.Statements, r.unsupported.part))
	case r.fast:
		h.Set(Header, fmt.Sprintf("fast; statements=%d", r.Statements))
	}
}

// Fast reports whether the fast path answered the operation or a part of it.
func (r *Report) Fast() bool { return r.fast }

// Mixed reports whether the fast path answered one part of the operation and the resolvers
// the other.
func (r *Report) Mixed() bool { return r.fast && r.unsupported != nil }

// Reject returns the answer to an operation that did not run because it waited too long for others, or
// because too many answers wait for their clients. It returns nil if ctx is done.
func (r *Report) Reject(ctx context.Context, present graphql.ErrorPresenterFunc, err error) *graphql.Response {
	if ctx.Err() != nil {
		return nil
	}
	r.rejected = true
	return &graphql.Response{Errors: gqlerror.List{present(ctx, err)}}
}

// Rejected reports whether the operation was rejected: see Reject.
func (r *Report) Rejected() bool { return r.rejected }

// FallbackReason returns the category of Fallback: "unsupported", "argument" or "error". It is
// empty if Fallback is nil.
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

func (r *Report) setFast(p *plan) { r.fast, r.unsupported = true, p.unsupported }

func (r *Report) setFallback(err error) { r.fast, r.Fallback, r.Versions = false, err, nil }
