package graph

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// costHeader is the request header that asks for the cost of an operation: GraphQL-Cost: true.
const costHeader = "GraphQL-Cost"

func wantsCost(r *http.Request) bool { return strings.EqualFold(r.Header.Get(costHeader), "true") }

// addCost adds the cost of an operation to the extensions of its response: the estimate of the guard, the
// objects, values and bytes of the response, and the limits. An operation that was rejected before its cost
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
	resp.Extensions["cost"] = map[string]map[string]int64{
		"estimated": {
			"depth": estimated.depth, "fields": estimated.fields, "aliases": estimated.aliases, "nodes": estimated.nodes, "values": estimated.values,
		},
		"actual": {"nodes": nodes, "values": values, "replyBytes": int64(len(resp.Data))},
		"limit": {
			"depth": int64(lim.Depth), "fields": int64(lim.Fields), "aliases": int64(lim.Aliases), "nodes": lim.Nodes, "values": lim.Values,
			"replyBytes": int64(lim.ReplyBytes),
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
