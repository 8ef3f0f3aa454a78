package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
)

// resultStats are the figures about the results of a connection.
var resultStats = figure{
	aggregation: func(ctx context.Context, r *Resolver, columns []db.FigureColumn) (*query.Aggregation, error) {
		return db.ResultStatsOf(scopeOf(ctx), r.Store.IsPostgres(), columns)
	},
}

type resultConnectionResolver struct{ *Resolver }

// ResultConnection returns the resolver of the figures about results.
func (r *Resolver) ResultConnection() exec.ResultConnectionResolver {
	return resultConnectionResolver{r}
}

func (r resultConnectionResolver) Stats(ctx context.Context, lists []*db.ResultConnection) ([]*db.ResultStats, error) {
	columns, err := r.requestedFigures(ctx)
	if err != nil {
		return nil, err
	}
	a, err := resultStats.aggregation(ctx, r.Resolver, columns)
	if err != nil {
		return nil, err
	}
	out := make([]*db.ResultStats, len(lists))
	for i, list := range lists {
		rows, err := list.Aggregates(ctx, a, nil)
		if err != nil {
			return nil, err
		}
		out[i] = &db.ResultStats{}
		if err := setFigures(out[i], columns, rows[0]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
