package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
)

// pages returns the page of each parent's rows that the parameters ask for.
func (f follow[P, C]) pages(ctx context.Context, r *Resolver, parents []*P) ([]*db.Connection[C], error) {
	rows, err := f.of(ctx, r, parents)
	if err != nil {
		return nil, err
	}
	field := graphql.GetFieldContext(ctx).Field
	out := make([]*db.Connection[C], len(parents))
	for i, p := range parents {
		out[i] = db.Connect(r.Store, rows[i], f.params)
		out[i].Total = func(ctx context.Context) (int64, error) { return f.count(ctx, r, field, p) }
	}
	return out, nil
}
