package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/internal/access"
)

// costHeader is the request header that asks for the cost of an operation: GraphQL-Cost: true.
const costHeader = "GraphQL-Cost"

func wantsCost(h http.Header) bool { return strings.EqualFold(h.Get(costHeader), "true") }

// rowsExtension is the name of the counter of rows that figures read, in the graphql.Stats of an operation.
const rowsExtension = "rows"

// startCountingRows adds the counter to an operation whose cost is requested. Callers who may read only
// figures get none, because the number of rows is a figure about few students too.
func startCountingRows(ctx context.Context, op *graphql.OperationContext) {
	if wantsCost(op.Headers) && access.PresumedCaller(ctx).MinGroup == 0 {
		op.Stats.SetExtension(rowsExtension, new(atomic.Int64))
	}
}

// rowsRead returns the counter of the operation, or nil if there is none.
func rowsRead(ctx context.Context) *atomic.Int64 {
	if scopeOf(ctx).FiguresOnly() { // the rights of the key can have changed
		return nil
	}
	n, _ := graphql.GetOperationContext(ctx).Stats.GetExtension(rowsExtension).(*atomic.Int64)
	return n
}

// addCost adds the cost of an operation to the extensions of its response: the estimate of the guard, the
// objects, values and bytes of the response, the rows that its figures read, and the limits. An operation that was rejected before its cost
// was estimated has none.
func addCost(resp *graphql.Response, op *graphql.OperationContext, lim Limits) {
	estimated, ok := op.Stats.GetExtension(costExtension).(cost)
	if !ok {
		return
	}
	if resp.Extensions == nil {
		resp.Extensions = map[string]any{}
	}
	nodes, values := countValues(resp.Data)
	actual := map[string]int64{"nodes": nodes, "values": values, "replyBytes": int64(len(resp.Data))}
	if rows, ok := op.Stats.GetExtension(rowsExtension).(*atomic.Int64); ok {
		actual["rows"] = rows.Load()
	}
	resp.Extensions["cost"] = map[string]map[string]int64{
		"estimated": {
			"depth": estimated.depth, "fields": estimated.fields, "aliases": estimated.aliases, "nodes": estimated.nodes, "values": estimated.values,
			"rows": estimated.rows,
		},
		"actual": actual,
		"limit": {
			"depth": int64(lim.Depth), "fields": int64(lim.Fields), "aliases": int64(lim.Aliases), "nodes": lim.Nodes, "values": lim.Values,
			"rows": lim.Rows, "replyBytes": int64(lim.ReplyBytes),
		},
	}
}

// countValues returns the number of objects in the data of a response without the root object, and of objects
// and scalars together.
func countValues(data []byte) (nodes, values int64) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var inObject []bool // for each open object or list
	isName := false
	for {
		token, err := dec.Token()
		if err != nil {
			return max(nodes-1, 0), max(nodes+values-1, 0)
		}
		depth := len(inObject)
		delim, isDelim := token.(json.Delim)
		switch {
		case isDelim && (delim == '{' || delim == '['):
			inObject = append(inObject, delim == '{')
			if delim == '{' {
				nodes++
			}
		case isDelim:
			inObject = inObject[:depth-1]
		case isName:
			isName = false
			continue
		default:
			values++
		}
		isName = len(inObject) > 0 && inObject[len(inObject)-1]
	}
}
