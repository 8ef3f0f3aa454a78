package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
)

// A snapshotSchema confirms the caller of each operation before the resolvers run, and lets them use one
// connection at a time. A query reads from one snapshot. It counts as large, because resolvers need much
// more memory for a row than the fast path. A mutation has a transaction for each change, and reads its
// payloads after that.
type snapshotSchema struct {
	graphql.ExecutableSchema
	db            *query.DB
	present       graphql.ErrorPresenterFunc
	resolverSlots *resolverSlots
}

// maxSmallMutation is the maximum number of objects in the answer of a mutation that needs no slot of
// the resolvers.
const maxSmallMutation = 1000

// Exec implements graphql.ExecutableSchema.
func (s snapshotSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	respond := s.ExecutableSchema.Exec(ctx)
	op := graphql.GetOperationContext(ctx)
	if hasDB(ctx) || op.Operation.Operation == ast.Query && isIntrospection(op) { // the fast path has a snapshot already, or none is needed
		return respond
	}
	run := s.query
	if op.Operation.Operation != ast.Query {
		run = s.mutate
	}
	return func(ctx context.Context) *graphql.Response {
		if err := access.Confirm(ctx); err != nil {
			return s.reject(ctx, err)
		}
		return run(ctx, respond)
	}
}

func (s snapshotSchema) query(ctx context.Context, respond graphql.ResponseHandler) (resp *graphql.Response) {
	release, err := s.resolverSlots.acquire(ctx)
	if err != nil {
		return s.reject(ctx, err)
	}
	defer release()
	err = s.db.InSnapshot(ctx, true, func(sn *query.Snapshot) error {
		resp = respond(withDB(ctx, sn.DB()))
		return nil
	})
	if resp == nil && err != nil {
		return s.reject(ctx, err)
	}
	return resp
}

// mutate answers a mutation. Most need little memory, and do not wait for operations that read much.
func (s snapshotSchema) mutate(ctx context.Context, respond graphql.ResponseHandler) (resp *graphql.Response) {
	if c, ok := graphql.GetOperationContext(ctx).Stats.GetExtension(costExtension).(cost); ok && c.nodes > maxSmallMutation {
		release, err := s.resolverSlots.acquire(ctx)
		if err != nil {
			return s.reject(ctx, err)
		}
		defer release()
	}
	s.db.InOperation(func(db *query.DB) { resp = respond(withDB(ctx, db)) })
	return resp
}

func (s snapshotSchema) reject(ctx context.Context, err error) *graphql.Response {
	_, report := fastpath.EnsureReport(ctx)
	return report.Reject(ctx, s.present, err)
}

// isIntrospection reports whether a query selects only fields of GraphQL's introspection.
func isIntrospection(op *graphql.OperationContext) bool {
	for _, f := range graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Query"}) {
		if !strings.HasPrefix(f.Name, "__") {
			return false
		}
	}
	return true
}
