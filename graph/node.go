package graph

import (
	"context"
	"fmt"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// maxNodes is how many objects can be asked for by their ids at once.
const maxNodes = 100

func (r queryResolver) Node(ctx context.Context, id string) (db.Node, error) {
	nodes, err := r.Nodes(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

func (r queryResolver) Nodes(ctx context.Context, ids []string) ([]db.Node, error) {
	if len(ids) > maxNodes {
		return nil, fault.New(fault.BadInput, fmt.Sprintf("ids: ask for at most %d objects at once", maxNodes))
	}
	nodes := make([]db.Node, len(ids))
	byType := map[string][]int{}
	keys := make([]query.Key, len(ids))
	for i, text := range ids {
		if id, ok := db.ParseNodeID(text); ok {
			keys[i] = id.Key
			byType[id.Type] = append(byType[id.Type], i)
		}
	}
	for name, places := range byType {
		if err := nodeLoads[name](ctx, r.Resolver, keys, places, nodes); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// nodeLoads read the objects of each type of node whose keys stand at some places, and
// put them into the same places of the answer.
var nodeLoads = map[string]func(ctx context.Context, r *Resolver, keys []query.Key, places []int, into []db.Node) error{
	"Account":    loadNodes(&db.AccountByID),
	"Course":     loadNodes(&db.CourseByID),
	"Section":    loadNodes(&db.SectionByID),
	"Assignment": loadNodes(&db.AssignmentByID),
	"Result":     loadNodes(&db.ResultByID),
	"Step":       loadNodes(&db.StepByID),
	"User":       loadNodes(&db.UserByID),
	"Bundle":     loadNodes(&db.BundleByID),

	"ScoreUpload": loadNodes(&db.UploadByID),
}

func loadNodes[T any](edge *query.Edge[T]) func(context.Context, *Resolver, []query.Key, []int, []db.Node) error {
	return func(ctx context.Context, r *Resolver, keys []query.Key, places []int, into []db.Node) error {
		asked := make([]query.Key, len(places))
		for i, at := range places {
			asked[i] = keys[at]
		}
		params := query.Params{Columns: wanted[T](ctx, r.Store)}
		rows, err := edge.Load(ctx, r.Store.DB(), scopeOf(ctx), asked, params)
		if err != nil {
			return err
		}
		for i, at := range places {
			if len(rows[i]) > 0 {
				into[at] = any(rows[i][0]).(db.Node)
			}
		}
		return nil
	}
}
