package graph_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
)

// A busySink fails after its first part with an error that asks the client to try again.
type busySink struct{ started bool }

func (s *busySink) Write(data []byte) (int, error) {
	if s.started {
		return 0, query.ErrBusy
	}
	s.started = true
	return len(data), nil
}

// An answer that was begun breaks off after an error, also after one that asks the client to try again.
func TestBusyWhileStreaming(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := dbtest.Open(t, location)
		one := newCourseFixture(t, s, 1001, 800, "one")
		server := newServers(t, s).fast
		server.WithBaseURL(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			report := &fastpath.Report{Stream: func(string) (fastpath.Sink, error) { return &busySink{}, nil }}
			ctx := graphql.StartOperationTrace(fastpath.WithReport(r.Context(), report))
			op, errs := server.TrustedExecutor().CreateOperationContext(ctx, &graphql.RawParams{Query: largeOperation})
			if errs != nil {
				t.Fatal(errs)
			}
			next, ctx := server.TrustedExecutor().DispatchOperation(ctx, op)
			if resp := next(ctx); resp != nil || !errors.Is(report.StreamErr, query.ErrBusy) {
				t.Errorf("the answer is %v with the error %v, want no answer and %v", resp, report.StreamErr, query.ErrBusy)
			}
		})).ServeHTTP(nil, httptest.NewRequestWithContext(access.WithPrincipal(context.Background(), reviewerOf(one)), http.MethodPost, "/", http.NoBody))
	})
}
