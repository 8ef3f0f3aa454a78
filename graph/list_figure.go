package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
)

// A listFigure is a field of the GraphQL type for P whose value is a list of figures about the rows of C
// that an edge selects. A is the type of the field's arguments. The resolvers and the fast path share it.
type listFigure[P, C any, A figureArguments] struct {
	edge *query.Edge[C]
	// key has the names of the columns of P that form the key of the edge.
	key []string
}

// keyColumns returns the columns of P that the figure needs.
func (f listFigure[P, C, A]) keyColumns() []string { return f.key }

// forFastPath returns the figure for the fast path, which has the arguments in a map.
func (f listFigure[P, C, A]) forFastPath(r *Resolver, s *ast.Schema, field *ast.FieldDefinition) fastpath.Figure {
	decode := argumentsDecoder[A](s, field)
	return fastpath.Figure{Edge: f.edge, Key: f.key, Params: func(ctx context.Context, _ query.Params, args map[string]any, columns []fastpath.FigureColumn) (p query.Params, err error) {
		decoded, err := r.decodeFigures(columns)
		if err != nil {
			return p, err
		}
		a, err := decode(args)
		if err != nil {
			return p, err
		}
		return aggregate(ctx, r, a, decoded)
	}}
}

// loadListFigures returns the figures for each parent. The rows of V of all parents are one batch.
func loadListFigures[P, C, V any, A figureArguments](ctx context.Context, r *Resolver, parents []*P, f listFigure[P, C, A], a A) ([][]*V, error) {
	columns, err := r.requestedFigures(ctx)
	if err != nil {
		return nil, err
	}
	p, err := aggregate(ctx, r, a, columns)
	if err != nil {
		return nil, err
	}
	l := edgeLoad[P, C]{f.edge, query.KeyFunc[P](r.Store.DB(), f.key), query.Params{}, 0}
	key := loaderKey{graphql.GetFieldContext(ctx).Field.Field, "figures", ""}
	return loadForBatch(ctx, key, parents, func(ctx context.Context, batch []*P) ([][]*V, error) {
		groups, err := f.edge.LoadAggregates(ctx, r.db(ctx), scopeOf(ctx), l.keys(batch), p)
		if err != nil {
			return nil, err
		}
		return buildRows[V](groups, columns)
	})
}

// buildRows returns a row for each group of each parent.
func buildRows[V any](groups [][]query.AggregateRow, columns []db.FigureColumn) ([][]*V, error) {
	var all []*V
	out := make([][]*V, len(groups))
	for i, rows := range groups {
		out[i] = make([]*V, len(rows))
		for k, row := range rows {
			out[i][k] = new(V)
			if err := setFigures(out[i][k], columns, row); err != nil {
				return nil, err
			}
		}
		all = append(all, out[i]...)
	}
	batch := &query.Batch{Rows: all}
	for i, row := range all {
		if record, ok := any(row).(query.Record); ok {
			record.Meta().Batch, record.Meta().Index = batch, i
		}
	}
	return out, nil
}
