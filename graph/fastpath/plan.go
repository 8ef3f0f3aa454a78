package fastpath

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/scalar"
)

// A plan says how to answer an operation: a root object with levels below it.
type plan struct {
	format     format
	enumCase   scalar.EnumCase
	root       *object
	levels     []*level // parents before children
	lookups    []*lookup
	statements []*statement
	computed   []Computed
	// resolved are the root fields that the resolvers answer, and unsupported is why.
	resolved    ast.SelectionSet
	unsupported *unsupportedError
}

// A level is the rows that one field leads to, for all parents at once.
type level struct {
	id       int
	relation Relation
	field    *ast.Field
	typeName string // of the objects
	shape    shape
	nonNull  bool
	// columns are read. Those of the keys of children are among them.
	columns     []string
	columnIndex map[string]int
	// objects are the selections on the rows: mostly one, but a connection can select its
	// nodes several times.
	objects  []*object
	segments int // of a row, of all objects
	// connection is the object around the rows of a page.
	connection   *object
	needsCursors bool
	counts       *statement
	parent       *level
	children     []*level
	// lookup finds the rows of a level without a parent by global ids.
	lookup *lookup
	// keyColumns are the indexes of the columns that the keys of children are made of.
	keyColumns []int
	// parentKey are the indexes in the parent's keyColumns that make this level's key.
	parentKey []int
	// groupColumn is the index of the column by which rows form lists of lists.
	groupColumn int
}

// A lookup is a field that leads to objects of several types, each with a level.
type lookup struct {
	Lookup
	id     int
	field  *ast.Field
	list   bool
	levels map[string]*level
}

// A shape is the form of a field's value.
type shape byte

const (
	shapeSingle shape = iota
	shapeList
	shapeGroups
	shapeConnection
)

// An object is the template of a JSON object.
type object struct {
	pieces []piece
	// firstSegment is the index of its first segment in those of a row. Each piece that is
	// a level ends a segment.
	firstSegment, segments int
}

// A piece of an object is text followed by a value.
type piece struct {
	text  []byte
	kind  pieceKind
	value query.Kind
	// enum says that the value is an enum value, or a list of them.
	enum  bool
	index int // of the column, the computed field, or the object of rows
	// nonNull says that the schema does not allow null.
	nonNull bool
	level   *level
	lookup  *lookup
	// alias is the key of a root field that the resolvers answer.
	alias string
	// columns are the indexes of the columns of a computed field.
	columns []int
	edge    *object
}

type pieceKind byte

const (
	pieceText pieceKind = iota // has no value
	pieceColumn
	pieceComputed
	pieceLevel
	pieceLookup
	pieceResolved
	// Pieces of a connection:
	pieceNodes
	pieceEdges
	pieceHasNext
	pieceHasPrevious
	pieceStartCursor
	pieceEndCursor
	pieceTotal
	// Pieces of an edge:
	pieceNode
	pieceCursor
)

// A statement reads the rows of one level, or of a chain of levels.
type statement struct {
	levels []*level
	// count makes it count the rows of each parent.
	count bool
	// stream says that the rows can be written while they are read.
	stream bool
}
