package fastpath

import (
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// maxPlans is the maximum number of cached plans of a document. A document has a plan for each
// operation, format and combination of the variables of @skip and @include.
const maxPlans = 4

// A PlanCache holds the plans of one document. The zero PlanCache is ready for use.
type PlanCache struct {
	mu    sync.Mutex
	byKey map[string]*cachedPlan
}

// A cachedPlan is the result of Schema.compile: a plan or an error.
type cachedPlan struct {
	plan *plan
	err  error
}

// plan returns the plan of an operation, from the cache if possible.
func (s *Schema) plan(op *graphql.OperationContext, f format) (*plan, error) {
	if op.Operation.Operation != ast.Query {
		return nil, &unsupportedError{"a " + string(op.Operation.Operation)}
	}
	cache := s.conf.Plans(op.Doc)
	if cache == nil {
		return s.compile(op, f)
	}
	key := planKey(op, f)
	cache.mu.Lock()
	defer cache.mu.Unlock()
	c := cache.byKey[key]
	if c == nil {
		c = &cachedPlan{}
		c.plan, c.err = s.compile(op, f)
		if cache.byKey == nil || len(cache.byKey) >= maxPlans {
			cache.byKey = map[string]*cachedPlan{}
		}
		cache.byKey[key] = c
	}
	return c.plan, c.err
}

// planKey returns the key of a plan in the cache of its document. It consists of the operation,
// the format and the Boolean variables, on which @skip and @include can depend.
func planKey(op *graphql.OperationContext, f format) string {
	var b strings.Builder
	b.WriteString(op.Operation.Name)
	for _, v := range op.Operation.VariableDefinitions {
		if v.Type.NamedType != "Boolean" {
			continue
		}
		switch value, _ := op.Variables[v.Variable].(bool); {
		case value:
			b.WriteString(" 1")
		default:
			b.WriteString(" 0")
		}
	}
	if f == formatRowCodec {
		b.WriteString(" rowcodec")
	}
	return b.String()
}
