package graph

import (
	"context"

	"github.com/momotor/resultgraph/db/query"
)

// A relation is a field that leads from rows of P to rows of C along an edge. The resolvers
// and the fast path share it. A is the field's arguments.
type relation[P, C any, A arguments] struct {
	edge *query.Edge[C]
	// key names the columns of P that make the edge's key.
	key []string
	// groupBy names the column of C whose equal values form one list, for a list of lists.
	groupBy string
}

// arguments are those of a field. The fields of the struct have the arguments' names.
type arguments interface {
	// validate returns an error if the arguments are invalid.
	validate(ctx context.Context, r *Resolver) error
	// params returns what to read for valid arguments.
	params(ctx context.Context, r *Resolver) query.Params
}

// key names the columns of a key.
func key(columns ...string) []string { return columns }

// keyColumns returns the columns of P that the relation needs.
func (rel relation[P, C, A]) keyColumns() []string { return rel.key }

// params returns what to read along the relation, or the error of an argument.
func (rel relation[P, C, A]) params(ctx context.Context, r *Resolver, a A) (query.Params, error) {
	if err := a.validate(ctx, r); err != nil {
		return query.Params{}, err
	}
	p := a.params(ctx, r)
	if p.Page == nil {
		return p, nil
	}
	return p, query.CheckCursors[C](r.Store.DB(), p.Page, p.Order)
}

// edgeLoad returns the load of the relation's rows for arguments.
func (rel relation[P, C, A]) edgeLoad(ctx context.Context, r *Resolver, a A) (edgeLoad[P, C], error) {
	p, err := rel.params(ctx, r, a)
	if err != nil {
		return edgeLoad[P, C]{}, err
	}
	p.Columns = wantedColumns[C](ctx, r.Store.DB())
	if rel.groupBy != "" {
		p.Columns = append(p.Columns, rel.groupBy)
	}
	return edgeLoad[P, C]{rel.edge, query.KeyFunc[P](r.Store.DB(), rel.key), p}, nil
}

// loadMany returns all rows that the relation leads to, for each parent.
func loadMany[P, C any, A arguments](ctx context.Context, r *Resolver, parents []*P, rel relation[P, C, A], a A) ([][]*C, error) {
	l, err := rel.edgeLoad(ctx, r, a)
	if err != nil {
		return nil, err
	}
	return l.load(ctx, r, parents)
}

// loadOne returns the only row that the relation leads to, or nil, for each parent.
func loadOne[P, C any, A arguments](ctx context.Context, r *Resolver, parents []*P, rel relation[P, C, A], a A) ([]*C, error) {
	rows, err := loadMany(ctx, r, parents, rel, a)
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

// loadGroups returns all rows that the relation leads to, for each parent, in one list for
// each value of the relation's column groupBy.
func loadGroups[P, C any, A arguments](ctx context.Context, r *Resolver, parents []*P, rel relation[P, C, A], a A) ([][][]*C, error) {
	rows, err := loadMany(ctx, r, parents, rel, a)
	if err != nil {
		return nil, err
	}
	group := query.KeyFunc[C](r.Store.DB(), key(rel.groupBy))
	out := make([][][]*C, len(rows))
	for i, siblings := range rows {
		out[i] = [][]*C{}
		for j, row := range siblings {
			if j == 0 || group(row) != group(siblings[j-1]) {
				out[i] = append(out[i], nil)
			}
			last := len(out[i]) - 1
			out[i][last] = append(out[i][last], row)
		}
	}
	return out, nil
}

// loadPages returns one page of the rows that the relation leads to, for each parent.
func loadPages[P, C any, A arguments](ctx context.Context, r *Resolver, parents []*P, rel relation[P, C, A], a A) ([]*query.Connection[C], error) {
	l, err := rel.edgeLoad(ctx, r, a)
	if err != nil {
		return nil, err
	}
	return l.loadPages(ctx, r, parents)
}
