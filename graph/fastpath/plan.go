package fastpath

import (
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/scalar"
)

// A plan says how to answer an operation: an object of the data with levels below it.
type plan struct {
	form     form
	enumCase scalar.EnumCase
	top      *object
	levels   []*level
	readings []*reading
}

// A level is the rows that one field leads to, for all parents at once.
type level struct {
	id       int
	relation Relation
	field    *ast.Field
	// typ is the type of the objects, and shape how the field has them.
	typ     string
	shape   shape
	nonNull bool
	// columns are read, and at holds their places; the keys of children are among them.
	columns []string
	at      map[string]int
	// objects are the ways in which the rows are written: mostly one, but a connection
	// may have its nodes several times.
	objects  []*object
	segments int // of a row, of all objects
	// connection is the object around the rows of a page.
	connection *object
	cursors    bool
	totals     *reading
	parent     *level
	children   []*level
	// keys are the columns that the keys of children are made of.
	keys []int
	// keyAt are the places in the parent's keys that make this level's key.
	keyAt []int
	// breakAt is the column by which rows are grouped into lists of lists.
	breakAt int
}

// A shape is how a field has its rows.
type shape byte

const (
	shapeOne shape = iota
	shapeList
	shapeGroups
	shapePages
)

// An object is the template of a JSON object.
type object struct {
	pieces []piece
	// first is the place of its first segment among those of a row: each piece that is
	// a level ends one.
	first, segments int
}

// A piece of an object is text and then a value.
type piece struct {
	text []byte
	kind pieceKind
	cell query.Kind
	// enum tells that the cell holds an enum value, or a list of them.
	enum  bool
	index int // of the column, or of the object for rows
	// nonNull tells that the schema promises a value.
	nonNull  bool
	level    *level
	computed *computed
	edge     *object
}

type pieceKind byte

const (
	pieceText pieceKind = iota // no value
	pieceCell
	pieceComputed
	pieceLevel
	// Those of a connection:
	pieceNodes
	pieceEdges
	pieceHasNext
	pieceHasPrevious
	pieceStart
	pieceEnd
	pieceTotal
	// Those of an edge:
	pieceNode
	pieceCursor
)

// A computed is a Computed field with the places of its columns.
type computed struct {
	Computed
	at []int
}

// A reading is a statement: one level, or a chain of them.
type reading struct {
	levels []*level
	// count makes it one of how many rows there are.
	count bool
	// stream tells that the rows can be written as they come.
	stream bool
}

// mostPlans is how many plans a document can have: one for each operation in it and each
// outcome of its @skip and @include.
const mostPlans = 4

// Plans are the plans of one document. The zero Plans is ready.
type PlanCache struct {
	mu    sync.Mutex
	byKey map[string]*outcome
}

// An outcome is a plan, or why there is none.
type outcome struct {
	plan *plan
	err  error
}

// plan returns the plan of an operation.
func (s *Schema) plan(op *graphql.OperationContext, f form) (*plan, error) {
	if op.Operation.Operation != ast.Query {
		return nil, &unsupportedError{"a " + string(op.Operation.Operation)}
	}
	plans := s.conf.Plans(op.Doc)
	if plans == nil {
		return s.compile(op, f)
	}
	key := decisions(op)
	if f == asRowCodec {
		key += " rowcodec"
	}
	plans.mu.Lock()
	defer plans.mu.Unlock()
	o := plans.byKey[key]
	if o == nil {
		o = &outcome{}
		o.plan, o.err = s.compile(op, f)
		if plans.byKey == nil || len(plans.byKey) >= mostPlans {
			plans.byKey = map[string]*outcome{}
		}
		plans.byKey[key] = o
	}
	return o.plan, o.err
}

// decisions tells plans of a document apart: by operation, and by the variables that can
// decide about @skip and @include.
func decisions(op *graphql.OperationContext) string {
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
	return b.String()
}
