package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db/query"
)

// A relation is a field of the GraphQL type for P whose value is made of the rows of C that an
// edge selects. A is the type of the field's arguments. The resolvers and the fast path share
// relations.
type relation[P, C any, A arguments] struct {
	edge *query.Edge[C]
	// key has the names of the columns of P that form the key of the edge.
	key []string
	// groupBy is the column of C to group by if the field is a list of lists: adjacent rows
	// with the same value form one inner list.
	groupBy string
}

// arguments is implemented by structs that hold the arguments of a GraphQL field. Each field of
// such a struct has the name of an argument.
type arguments interface {
	// validate returns an error if the arguments are invalid.
	validate(ctx context.Context, r *Resolver) error
	// params converts valid arguments into the parameters of a read.
	params(ctx context.Context, r *Resolver) query.Params
}

// key returns the names of the columns of a key, for relation.key.
func key(columns ...string) []string { return columns }

// keyColumns returns the columns of P that the relation needs.
func (rel relation[P, C, A]) keyColumns() []string { return rel.key }

// params validates the arguments and converts them into the parameters of a read.
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

// edgeLoad returns the edgeLoad that reads the relation's rows for the given arguments.
func (rel relation[P, C, A]) edgeLoad(ctx context.Context, r *Resolver, a A) (edgeLoad[P, C], error) {
	p, err := rel.params(withNested(ctx, isInConnection(ctx)), r, a)
	if err != nil {
		return edgeLoad[P, C]{}, err
	}
	field := graphql.GetFieldContext(ctx).Field
	fields := nodeFields(graphql.GetOperationContext(ctx), field)
	p.Columns = columnsOfType[C](r.Store.DB(), nodeType(field), fields)
	if rel.groupBy != "" {
		p.Columns = append(p.Columns, rel.groupBy)
	}
	return edgeLoad[P, C]{rel.edge, query.KeyFunc[P](r.Store.DB(), rel.key), p, valuesOf(fields)}, nil
}

// loadMany returns all rows of the relation for each parent.
func loadMany[P, C any, A arguments](ctx context.Context, r *Resolver, parents []*P, rel relation[P, C, A], a A) ([][]*C, error) {
	l, err := rel.edgeLoad(ctx, r, a)
	if err != nil {
		return nil, err
	}
	return l.load(ctx, r, parents)
}

// loadOne returns the only row of the relation for each parent, or nil if there is none.
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

// loadGroups returns all rows of the relation for each parent, as a list of lists. Adjacent rows
// with the same value in the column groupBy are in the same inner list.
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

// loadPages returns one page of the relation's rows for each parent.
func loadPages[P, C any, A arguments](ctx context.Context, r *Resolver, parents []*P, rel relation[P, C, A], a A) ([]*query.Connection[C], error) {
	l, err := rel.edgeLoad(ctx, r, a)
	if err != nil {
		return nil, err
	}
	return l.loadPages(ctx, r, parents)
}
