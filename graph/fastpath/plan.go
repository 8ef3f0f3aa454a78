package fastpath

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/scalar"
)

// A plan describes how to answer an operation. The data is the root object with the rows of
// the levels inserted.
type plan struct {
	format     format
	enumCase   scalar.EnumCase
	root       *object
	levels     []*level // parents before children
	lookups    []*lookup
	statements []*statement
	computed   []Computed
	// resolverFields are the root fields that the resolvers answer. unsupported is the reason
	// why the fast path cannot answer the first of them.
	resolverFields ast.SelectionSet
	unsupported    *unsupportedError
}

// A level is one field of the operation whose value is made of rows. The rows of a level are
// read for all parents together.
type level struct {
	id       int
	relation Relation
	field    *ast.Field
	typeName string // the GraphQL type of the rows
	shape    shape
	nonNull  bool
	// columns are the columns to read, including the columns that the keys of children need.
	// columnIndex is the index of each column in columns.
	columns     []string
	columnIndex map[string]int
	// objects are the selections on the rows. Most levels have one object; a connection can
	// select its nodes several times.
	objects []*object
	// objectSegments is the number of segments of a row in all its objects.
	objectSegments int
	// connection is the object of a connection, which contains the rows of one page.
	connection   *object
	needsCursors bool
	// figure is the figure whose values the level has in place of rows, nil for other levels. figures are
	// the levels with the figures of a connection, by the name of the field.
	figure  *levelFigure
	figures map[string]*level
	// encodeValue encodes a value of relation.Analysis, and analysisFields are the fields that are selected
	// on it. Each key has one row, whose text is its value.
	encodeValue    valueEncoder
	analysisFields []string
	// counts is the statement for totalCount, nil if it is not selected.
	counts   *statement
	parent   *level
	children []*level
	// withParents is true if the statement that reads the parents also reads this level.
	withParents bool
	// lookup is the lookup whose rows the level reads, nil for other levels.
	lookup *lookup
	// keyColumns are the indexes in columns of the columns that the keys of children need.
	keyColumns []int
	// parentKey are the indexes in the parent's keyColumns of the columns that form the key of
	// this level.
	parentKey []int
	versions  versionColumns
	// groupColumn is the index in columns of the column to group by, for shapeGroups: adjacent
	// rows with the same value form one inner list.
	groupColumn int
}

// isInConnection reports whether a connection contains the level's field.
func (lv *level) isInConnection() bool {
	return lv.parent != nil && (lv.parent.shape == shapeConnection || lv.parent.isInConnection())
}

// A lookup is a field that finds objects by their global ids. levels has one level for each
// type of object.
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
	shapeSingle shape = iota // one object or null
	shapeList
	shapeGroups // a list of lists
	shapeConnection
)

// An object is the template of an object in the answer.
//
// The pieces are encoded in segments. A segment is the encoded text of an object between two
// places where a child level is inserted: an object with n child levels has n+1 segments.
type object struct {
	pieces []piece
	// firstSegment is the index of the object's first segment among all segments of a row, and
	// segments is the number of segments of the object.
	firstSegment, segments int
}

// A piece of an object is text followed by a value.
type piece struct {
	text      []byte
	kind      pieceKind
	valueKind query.Kind
	// enum is true if the value is an enum value or a list of enum values.
	enum bool
	// index is the index in level.columns for pieceColumn, in plan.computed for pieceComputed,
	// and in level.objects for pieceNodes, pieceNode and pieceFigure.
	index int
	// nonNull is true if the schema does not allow null.
	nonNull bool
	level   *level
	lookup  *lookup
	// alias is the alias of a root field that the resolvers answer.
	alias string
	// columns are the indexes in level.columns of the columns that a computed field needs.
	columns []int
	// edgeObject is the template of each Relay edge, for pieceEdges.
	edgeObject *object
}

type pieceKind byte

const (
	pieceText pieceKind = iota // text without a value
	pieceColumn
	pieceComputed
	pieceLevel
	pieceLookup
	pieceResolverField
	// Pieces of a connection:
	pieceNodes
	pieceEdges
	pieceHasNext
	pieceHasPrevious
	pieceStartCursor
	pieceEndCursor
	pieceTotal
	pieceFigure
	// Pieces of an edge:
	pieceNode
	pieceCursor
)

// A statement reads the rows of one level or of a chain of levels. In a chain, each level is
// the only child of the level before it.
type statement struct {
	levels []*level
	// single is a child of the last level that has one row for each row of that level, which the
	// statement also reads; nil if there is none.
	single *level
	// count is true if the statement counts the rows of each parent instead of reading them.
	count bool
	// stream is true if the rows can be written while they are read.
	stream bool
}
