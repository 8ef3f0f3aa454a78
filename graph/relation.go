package graph

import (
	"context"

	"github.com/momotor/resultgraph/db/query"
)

// A relation is a field that leads from rows of P to rows of C along an edge. It is
// written down once, and every reader of the field goes by it. A is its arguments.
type relation[P, C any, A arguments] struct {
	edge *query.Edge[C]
	// key names the columns of P that make the edge's key.
	key []string
}

// arguments are those of a field. Its fields have the arguments' names.
type arguments interface {
	// params returns what they ask for.
	params(ctx context.Context, r *Resolver) (query.Params, error)
}

// key names the columns of a key.
func key(columns ...string) []string { return columns }

// params returns what is asked for along the relation, or why it can not be.
func (rel relation[P, C, A]) params(ctx context.Context, r *Resolver, a A) (query.Params, error) {
	p, err := a.params(ctx, r)
	if err == nil && p.Page != nil {
		err = query.CheckCursors[C](r.Store.DB(), p.Page, p.Order)
	}
	return p, err
}

// follow returns the way along the relation with some arguments.
func (rel relation[P, C, A]) follow(ctx context.Context, r *Resolver, a A) (follow[P, C], error) {
	p, err := rel.params(ctx, r, a)
	return follow[P, C]{rel.edge, query.KeyFunc[P](r.Store.DB(), rel.key), p}, err
}

// many returns all rows that the relation leads to, for each parent.
func many[P, C any, A arguments](ctx context.Context, r *Resolver, parents []*P, rel relation[P, C, A], a A) ([][]*C, error) {
	f, err := rel.follow(ctx, r, a)
	if err != nil {
		return nil, err
	}
	return f.of(ctx, r, parents)
}

// ones returns the only row that the relation leads to, or nil, for each parent.
func ones[P, C any, A arguments](ctx context.Context, r *Resolver, parents []*P, rel relation[P, C, A], a A) ([]*C, error) {
	rows, err := many(ctx, r, parents, rel, a)
	if err != nil {
		return nil, err
	}
	out := make([]*C, len(parents))
	for i := range parents {
		if len(rows[i]) > 0 {
			out[i] = rows[i][0]
		}
	}
	return out, nil
}

// pages returns one page of what the relation leads to, for each parent.
func pages[P, C any, A arguments](ctx context.Context, r *Resolver, parents []*P, rel relation[P, C, A], a A) ([]*query.Connection[C], error) {
	f, err := rel.follow(ctx, r, a)
	if err != nil {
		return nil, err
	}
	return f.pages(ctx, r, parents)
}
