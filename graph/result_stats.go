package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
)

// statsArguments are the arguments of the figures about all results of a list.
type statsArguments struct{}

func (statsArguments) aggregate(ctx context.Context, r *Resolver, columns []db.FigureColumn) (query.Params, error) {
	a, err := db.ResultStatsOf(scopeOf(ctx), r.Store.IsPostgres(), columns)
	return query.Params{Aggregation: a}, err
}

type resultConnectionResolver struct{ *Resolver }

// ResultConnection returns the resolver of the figures about results.
func (r *Resolver) ResultConnection() exec.ResultConnectionResolver {
	return resultConnectionResolver{r}
}

func (r resultConnectionResolver) Stats(ctx context.Context, lists []*db.ResultConnection) ([]*db.ResultStats, error) {
	return loadFigures(ctx, r.Resolver, lists, statsArguments{}, buildStats)
}

// buildStats returns the figures of each parent, which has one group.
func buildStats(groups [][]query.AggregateRow, columns []db.FigureColumn, _ query.Params) ([]*db.ResultStats, error) {
	out := make([]*db.ResultStats, len(groups))
	for i, rows := range groups {
		out[i] = &db.ResultStats{}
		if err := setFigures(out[i], columns, rows[0]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
