package graph

import (
	"context"
	"errors"
	"io"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/graph/budget"
)

// A boundedMarshaler encodes a value until its operation exceeds its budget or the context is done.
type boundedMarshaler struct {
	ctx context.Context
	graphql.Marshaler
}

// errStopped is the panic that ends the encoding, because gqlgen ignores the errors of writers.
var errStopped = errors.New("the encoding was stopped")

// MarshalGQL implements graphql.Marshaler.
func (m boundedMarshaler) MarshalGQL(to io.Writer) {
	b := budget.From(m.ctx)
	defer func() {
		if v := recover(); v == errStopped {
			b.SetIncomplete()
		} else if v != nil {
			panic(v)
		}
	}()
	w := &boundedWriter{m.ctx, b, to, 0}
	m.Marshaler.MarshalGQL(w)
	if b.AddBytes(w.pending) != nil {
		b.SetIncomplete()
	}
}

// A boundedWriter counts the bytes that it writes. It panics with errStopped when the operation must
// end.
type boundedWriter struct {
	ctx     context.Context
	budget  *budget.Budget
	to      io.Writer
	pending int // the number of bytes since the last check
}

// checkInterval is the number of bytes after which a boundedWriter checks whether to stop.
const checkInterval = 16 << 10

func (w *boundedWriter) Write(p []byte) (int, error) {
	if w.pending += len(p); w.pending >= checkInterval {
		w.check()
	}
	return w.to.Write(p)
}

func (w *boundedWriter) check() {
	if w.budget.AddBytes(w.pending) != nil || w.ctx.Err() != nil {
		panic(errStopped)
	}
	w.pending = 0
}
