package graph

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/graph/budget"
)

// The encoding of an answer ends soon after its context ends or its budget is exceeded.
func TestBoundedMarshalerStops(t *testing.T) {
	t.Parallel()
	const chunk = 1000
	for name, tt := range map[string]struct {
		maxBytes int64
		cancelAt int // bytes
	}{
		"context": {1 << 40, 50 * chunk},
		"budget":  {50 * chunk, 1 << 40},
	} {
		parent, cancel := context.WithCancel(t.Context())
		ctx, b := budget.New(parent, budget.Limits{Bytes: tt.maxBytes})
		var out bytes.Buffer
		boundedMarshaler{ctx, graphql.WriterFunc(func(w io.Writer) {
			for { // ends only by the bounded marshaler
				if out.Len() >= tt.cancelAt {
					cancel()
				}
				_, _ = w.Write(make([]byte, chunk))
			}
		})}.MarshalGQL(&out)
		if !b.Incomplete() || out.Len() > 50*chunk+checkInterval {
			t.Errorf("%s: incomplete is %t after %d bytes, want true after at most %d", name, b.Incomplete(), out.Len(), 50*chunk+checkInterval)
		}
		if exceeded := b.Err() != nil; exceeded != (name == "budget") {
			t.Errorf("%s: the budget has the error %v", name, b.Err())
		}
		b.End()
		cancel()
	}
}

// An answer within its limits is complete.
func TestBoundedMarshalerWritesAll(t *testing.T) {
	t.Parallel()
	ctx, b := budget.New(t.Context(), budget.Limits{Bytes: 100_000})
	defer b.End()
	var out bytes.Buffer
	boundedMarshaler{ctx, graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(make([]byte, 100_000)) })}.MarshalGQL(&out)
	if b.Incomplete() || b.Err() != nil || out.Len() != 100_000 {
		t.Errorf("incomplete is %t, error %v, %d bytes; want a complete answer", b.Incomplete(), b.Err(), out.Len())
	}
}
