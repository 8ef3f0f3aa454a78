package fastpath

import (
	"context"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
)

// Operations that wait for a connection have no buffers: any number of operations may wait, and the
// largest answer would determine the size of the buffers of all.
func TestWaitingOperationHasNoBuffers(t *testing.T) {
	t.Parallel()
	params := func(context.Context, map[string]any, bool) (query.Params, error) { return query.Params{}, nil }
	lv := &level{relation: Relation{Params: params}, field: &ast.Field{Definition: &ast.FieldDefinition{}}}
	x := &execution{ctx: t.Context(), plan: &plan{levels: []*level{lv}}, levels: make([]levelRows, 1)}
	if err := x.prepare(); err != nil {
		t.Fatal(err)
	}
	if x.levels[0].pooled != nil {
		t.Error("the operation has buffers before it has a connection")
	}
	x.takeBuffers()
	if x.levels[0].pooled == nil {
		t.Error("the operation has no buffers when it reads")
	}
}
