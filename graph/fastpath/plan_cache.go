package fastpath

import (
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// maxPlans is how many plans a document can have: one for each operation in it and each
// outcome of its @skip and @include directives.
const maxPlans = 4

// A PlanCache holds the plans of one document. The zero PlanCache is ready for use.
type PlanCache struct {
	mu    sync.Mutex
	byKey map[string]*compiled
}

// A compiled is a plan, or the reason why there is none.
type compiled struct {
	plan *plan
	err  error
}

// plan returns the plan of an operation.
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
		c = &compiled{}
		c.plan, c.err = s.compile(op, f)
		if cache.byKey == nil || len(cache.byKey) >= maxPlans {
			cache.byKey = map[string]*compiled{}
		}
		cache.byKey[key] = c
	}
	return c.plan, c.err
}

// planKey tells the plans of a document apart: by operation, by format, and by the variables
// that @skip and @include can depend on.
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
