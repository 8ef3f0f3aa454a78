package fastpath

import (
	"strings"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/internal/lru"
)

// The limits of the cached plans of all documents. A plan keeps the parsed document alive, which
// takes about forty times the memory of its text.
const (
	maxPlans              = 500
	maxPlanBytes          = 16 << 20
	parsedBytesOfTextByte = 40
)

// MaxCachedDocumentBytes is the size of the largest document that is cached. Caching a larger one
// would evict many others.
const MaxCachedDocumentBytes = 16 << 10

// A planCache holds the most recently used plans by planKey. It takes a plan at
// its second use.
type planCache = lru.Cache[string, cachedPlan]

// A cachedPlan is the result of Schema.compile: a plan or an error.
type cachedPlan struct {
	plan *plan
	err  error
}

func newPlanCache() *planCache { return lru.New[string, cachedPlan](maxPlans, maxPlanBytes) }

// plan returns the plan of an operation, from the cache if possible.
func (s *Schema) plan(op *graphql.OperationContext, f format) (*plan, error) {
	if op.Operation.Operation != ast.Query {
		return nil, &unsupportedError{"a " + string(op.Operation.Operation)}
	}
	key := planKey(op, f)
	c, ok := s.plans.Get(key)
	if !ok {
		c.plan, c.err = s.compile(op, f)
	}
	if !ok && len(op.RawQuery) <= MaxCachedDocumentBytes {
		s.plans.AddRepeated(key, c, c.bytes()+len(key)+parsedBytesOfTextByte*len(op.RawQuery))
	}
	return c.plan, c.err
}

// planKey returns the key of a plan in the cache. It consists of the operation, the format, the
// Boolean variables, on which @skip and @include can depend, and the text of the document.
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
	b.WriteByte('\n')
	b.WriteString(op.RawQuery)
	return b.String()
}

// bytes estimates the memory of a plan, without the document and without the schema.
func (c cachedPlan) bytes() int {
	if c.plan == nil {
		return 0
	}
	n := int(unsafe.Sizeof(*c.plan)) + c.plan.root.bytes()
	for _, lv := range c.plan.levels {
		n += lv.bytes()
	}
	return n
}

func (lv *level) bytes() int {
	const perColumn = 64 // the name and the entry in columnIndex
	n := int(unsafe.Sizeof(*lv)) + perColumn*len(lv.columns) + lv.connection.bytes()
	for _, o := range lv.objects {
		n += o.bytes()
	}
	return n
}

func (o *object) bytes() int {
	if o == nil {
		return 0
	}
	n := int(unsafe.Sizeof(*o))
	for i := range o.pieces {
		p := &o.pieces[i]
		n += int(unsafe.Sizeof(*p)) + cap(p.text) + 8*len(p.columns) + p.edgeObject.bytes()
	}
	return n
}
