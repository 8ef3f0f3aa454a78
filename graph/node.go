package graph

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/budget"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/fault"
)

// maxNodes is the maximum number of ids in one request.
const maxNodes = 100

// nodeArgument and nodesArgument are the arguments of the fields that find nodes by id.
type (
	nodeArgument  struct{ ID string }
	nodesArgument struct{ IDs []string }
)

func (a nodeArgument) ids() ([]string, error) { return []string{a.ID}, nil }

func (a nodesArgument) ids() ([]string, error) {
	if len(a.IDs) > maxNodes {
		return nil, fault.New(fault.BadInput, fmt.Sprintf("Request at most %d ids at once.", maxNodes))
	}
	return a.IDs, nil
}

func (r queryResolver) Node(ctx context.Context, id string) (db.Node, error) {
	nodes, err := r.loadNodes(ctx, nodeArgument{id})
	if err != nil {
		return nil, err
	}
	return nodes[0], nil
}

func (r queryResolver) Nodes(ctx context.Context, ids []string) ([]db.Node, error) {
	return r.loadNodes(ctx, nodesArgument{ids})
}

// loadNodes returns the object of each requested global id, or nil if the id is invalid or its
// object is not visible.
func (r queryResolver) loadNodes(ctx context.Context, args interface{ ids() ([]string, error) }) ([]db.Node, error) {
	ids, err := args.ids()
	if err != nil {
		return nil, err
	}
	nodes := make([]db.Node, len(ids))
	indexesByType := map[string][]int{}
	keys := make([]query.Key, len(ids))
	for i, text := range ids {
		if id, ok := db.ParseNodeID(text); ok {
			keys[i] = id.Key
			indexesByType[id.Type] = append(indexesByType[id.Type], i)
		}
	}
	for typeName, indexes := range indexesByType {
		if err := nodeEdges[typeName].load(ctx, r.Resolver, typeName, keys, indexes, nodes); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// nodeEdges has the edge of each type of node. The keys of the edge are the keys in global ids.
var nodeEdges = map[string]nodeEdge{
	"Account":     nodeEdgeOf(&db.AccountByID),
	"Course":      nodeEdgeOf(&db.CourseByID),
	"Section":     nodeEdgeOf(&db.SectionByID),
	"Assignment":  nodeEdgeOf(&db.AssignmentByID),
	"Result":      nodeEdgeOf(&db.ResultByID),
	"Step":        nodeEdgeOf(&db.StepByID),
	"User":        nodeEdgeOf(&db.UserByID),
	"Bundle":      nodeEdgeOf(&db.BundleByID),
	"ScoreUpload": nodeEdgeOf(&db.UploadByID),
}

// A nodeEdge is the edge that finds the nodes of one type, with a function that loads them.
type nodeEdge struct {
	edge query.AnyEdge
	// load sets nodes[i] to the row with the key keys[i], for each i in indexes.
	load func(ctx context.Context, r *Resolver, typeName string, keys []query.Key, indexes []int, nodes []db.Node) error
}

func nodeEdgeOf[T any](edge *query.Edge[T]) nodeEdge {
	return nodeEdge{edge, func(ctx context.Context, r *Resolver, typeName string, keys []query.Key, indexes []int, nodes []db.Node) error {
		typeKeys := make([]query.Key, len(indexes))
		for i, index := range indexes {
			typeKeys[i] = keys[index]
		}
		fields := graphql.CollectFields(graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx).Field.Selections, []string{typeName, "Node"})
		params := query.Params{Columns: columnsOfType[T](r.Store.DB(), typeName, fields)}
		rows, err := edge.Load(ctx, r.db(ctx), scopeOf(ctx), typeKeys, params)
		if err != nil {
			return err
		}
		for i, index := range indexes {
			if len(rows[i]) > 0 {
				nodes[index] = any(rows[i][0]).(db.Node)
			}
		}
		return budget.From(ctx).AddValues(len(indexes) * valuesOf(fields))
	}}
}

// lookups has, for each field that finds objects of any type by their global ids (node and nodes), a function that returns the lookup of the
// field for the fast path.
var lookups = map[string]func(*ast.Schema, *ast.FieldDefinition) fastpath.Lookup{
	"Query.node":  lookup[nodeArgument],
	"Query.nodes": lookup[nodesArgument],
}

func lookup[A interface{ ids() ([]string, error) }](s *ast.Schema, field *ast.FieldDefinition) fastpath.Lookup {
	edges := make(map[string]query.AnyEdge, len(nodeEdges))
	for typeName, e := range nodeEdges {
		edges[typeName] = e.edge
	}
	decode := argumentsDecoder[A](s, field)
	return fastpath.Lookup{Edges: edges, IDs: func(args map[string]any) ([]string, error) {
		a, err := decode(args)
		if err != nil {
			return nil, err
		}
		return a.ids()
	}}
}
