package graph

import (
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// The limits on which operators and clients rely.
func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	want := Limits{
		BodyBytes: 1_048_576, UploadBytes: 67_108_864, Tokens: 2000, Definitions: 50, Directives: 50, Repeats: 50,
		Fields: 500, Aliases: 30, Depth: 15, Nodes: 100_000, Values: 800_000, Rows: 5_000_000, PageSize: 50, NestedPageSize: 20, MaxPage: 1000,
		Timeout: 15 * time.Second, ReplyBytes: 33_554_432,
	}
	if got := (Limits{}).orDefaults(); got != want {
		t.Errorf("the default limits are %+v, want %+v", got, want)
	}
}

// An operation that reaches a limit is allowed, and one that exceeds it by one is not.
func TestLimitBoundaries(t *testing.T) {
	t.Parallel()
	lim := Limits{}.orDefaults()
	atLimits := cost{depth: int64(lim.Depth), fields: int64(lim.Fields), aliases: int64(lim.Aliases), nodes: lim.Nodes, values: lim.Values}
	estimator, op := costEstimator{lim: lim}, &ast.OperationDefinition{}
	if err := estimator.check(op, atLimits); err != nil {
		t.Errorf("an operation at all limits: %v, want no error", err)
	}
	for limit, over := range map[string]cost{
		"depth": {depth: 1}, "fields": {fields: 1}, "aliases": {aliases: 1}, "nodes": {nodes: 1}, "values": {values: 1},
	} {
		c := cost{
			depth: atLimits.depth + over.depth, fields: atLimits.fields + over.fields,
			aliases: atLimits.aliases + over.aliases, nodes: atLimits.nodes + over.nodes, values: atLimits.values + over.values,
		}
		if err := estimator.check(op, c); err == nil || err.Extensions["limit"] != limit {
			t.Errorf("one more than the limit %s: %v, want its error", limit, err)
		}
	}
}
