package fastpath

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/scalar"
)

// A compiler makes the plan of an operation.
type compiler struct {
	schema *Schema
	op     *graphql.OperationContext
	plan   *plan
}

// compile returns the plan of an operation. It returns an unsupportedError if the resolvers
// must read all rows, or if they must answer a root field and the format is not JSON.
func (s *Schema) compile(op *graphql.OperationContext, f format) (*plan, error) {
	c := &compiler{s, op, &plan{format: f, enumCase: scalar.EnumCaseOf(op)}}
	if err := c.compileRoot(); err != nil {
		return nil, err
	}
	if c.plan.unsupported != nil && (len(c.plan.levels) == 0 || f != formatJSON) {
		return nil, c.plan.unsupported
	}
	c.addVersionColumns()
	c.plan.statements = c.statements()
	c.addParentKeys()
	c.plan.chooseStream()
	return c.plan, nil
}

// compileRoot compiles the fields of Query. It leaves unsupported fields to the resolvers.
func (c *compiler) compileRoot() error {
	o := &object{}
	ob := objectBuilder{object: o, format: c.plan.format}
	for _, f := range graphql.CollectFields(c.op, c.op.Operation.SelectionSet, []string{"Query"}) {
		ob.startField(f.Alias)
		levels, lookups := len(c.plan.levels), len(c.plan.lookups)
		err := c.compileField(nil, "Query", f, &ob)
		unsupported, ok := err.(*unsupportedError)
		switch {
		case ok:
			c.plan.levels, c.plan.lookups = c.plan.levels[:levels], c.plan.lookups[:lookups]
			c.leaveToResolvers(f, unsupported)
			ob.addPiece(piece{kind: pieceResolverField, alias: f.Alias})
		case err != nil:
			return err
		}
	}
	ob.closeObject()
	c.plan.root = o
	return nil
}

// leaveToResolvers adds a root field to the fields that the resolvers answer.
func (c *compiler) leaveToResolvers(f graphql.CollectedField, reason *unsupportedError) {
	field := *f.Field
	field.SelectionSet = f.Selections
	field.Directives = nil // CollectFields has applied them
	c.plan.resolverFields = append(c.plan.resolverFields, &field)
	if c.plan.unsupported == nil {
		c.plan.unsupported = reason
	}
}

// compileObject compiles a selection on the rows of a level.
func (c *compiler) compileObject(lv *level, set ast.SelectionSet) (*object, error) {
	o := &object{}
	ob := objectBuilder{object: o, format: c.plan.format}
	for _, f := range graphql.CollectFields(c.op, set, []string{lv.typeName, "Node"}) {
		ob.startField(f.Alias)
		if err := c.compileField(lv, lv.typeName, f, &ob); err != nil {
			return nil, err
		}
	}
	ob.closeObject()
	return o, nil
}

// compileField adds a field to an object. For a field of Query, lv is nil.
func (c *compiler) compileField(lv *level, typeName string, f graphql.CollectedField, ob *objectBuilder) error {
	if lv != nil && lv.figure != nil {
		return c.compileFigureField(lv, typeName, f, figureColumn{}, ob)
	}
	name := typeName + "." + f.Name
	if f.Name == "__typename" {
		ob.addString(typeName)
		return nil
	}
	if rel, ok := c.schema.conf.Relations[name]; ok {
		child, err := c.compileLevel(lv, rel, f)
		if err == nil {
			ob.addPiece(piece{kind: pieceLevel, level: child})
		}
		return err
	}
	if figure, ok := c.schema.conf.Figures[name]; ok {
		child, err := c.compileFigure(lv, figure, f)
		if err == nil {
			ob.addPiece(piece{kind: pieceLevel, level: child})
		}
		return err
	}
	if l, ok := c.schema.conf.Lookups[name]; ok && lv == nil {
		lookup, err := c.compileLookup(l, f)
		if err == nil {
			ob.addPiece(piece{kind: pieceLookup, lookup: lookup})
		}
		return err
	}
	if lv == nil {
		return &unsupportedError{name}
	}
	nonNull := f.Definition.Type.NonNull
	enum := c.schema.Schema().Types[f.Definition.Type.Name()].Kind == ast.Enum
	if computed, ok := c.schema.conf.Computed[name]; ok {
		p := piece{kind: pieceComputed, valueKind: computed.Kind, enum: enum, index: len(c.plan.computed), nonNull: nonNull}
		for _, column := range computed.Columns {
			p.columns = append(p.columns, lv.addColumn(column))
		}
		c.plan.computed = append(c.plan.computed, computed)
		ob.addPiece(p)
		return nil
	}
	column, kind, ok := lv.relation.column(c.schema.conf.DB, f.Name)
	if !ok {
		return &unsupportedError{name}
	}
	ob.addPiece(piece{kind: pieceColumn, valueKind: kind, enum: enum, index: lv.addColumn(column), nonNull: nonNull})
	return nil
}

// column returns the column that stores a field of the schema, and the kind of its cells. It
// returns false if the field is not a column.
func (rel *Relation) column(s *query.DB, field string) (string, query.Kind, bool) {
	if rel.Object != nil {
		f, ok := rel.Object.Type.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, field) })
		if !ok {
			return "", 0, false
		}
		return f.Name, query.KindOf(f.Type), true
	}
	column, ok := rel.Edge.FieldColumn(s, field)
	if !ok {
		return "", 0, false
	}
	return column, rel.Edge.Kind(s, column), true
}

// compileLevel compiles a field whose value is made of rows.
func (c *compiler) compileLevel(parent *level, rel Relation, f graphql.CollectedField) (*level, error) {
	lv := c.newLevel(rel, f)
	lv.nonNull = f.Definition.Type.NonNull
	if parent != nil {
		lv.parent = parent
		parent.children = append(parent.children, lv)
	}
	switch typ := f.Definition.Type; {
	case rel.Analysis != nil:
		lv.typeName = typ.Name()
		return lv, c.compileAnalysis(lv, f)
	case strings.HasSuffix(typ.Name(), "Connection"):
		lv.shape = shapeConnection
		lv.typeName = c.schema.Schema().Types[typ.Name()].Fields.ForName("nodes").Type.Name()
		return lv, c.compileConnection(lv, typ.Name(), f)
	case typ.Elem != nil && typ.Elem.Elem != nil:
		lv.shape, lv.groupColumn = shapeGroups, lv.addColumn(rel.GroupBy)
	case typ.Elem != nil:
		lv.shape = shapeList
	}
	lv.typeName = f.Definition.Type.Name()
	_, err := c.addObject(lv, f.Selections)
	return lv, err
}

func (c *compiler) newLevel(rel Relation, f graphql.CollectedField) *level {
	lv := &level{id: len(c.plan.levels), relation: rel, field: f.Field, columnIndex: map[string]int{}}
	c.plan.levels = append(c.plan.levels, lv)
	if rel.Edge != nil {
		lv.addColumn(rel.Edge.PrimaryKey()[0]) // the primary key is null in a row of a chain without a row of this level
	}
	return lv
}

// compileLookup compiles a lookup, with one level for each type of object.
func (c *compiler) compileLookup(l Lookup, f graphql.CollectedField) (*lookup, error) {
	out := &lookup{Lookup: l, id: len(c.plan.lookups), field: f.Field, list: f.Definition.Type.Elem != nil, levels: map[string]*level{}}
	c.plan.lookups = append(c.plan.lookups, out)
	for _, typeName := range slices.Sorted(maps.Keys(l.Edges)) {
		lv := c.newLevel(Relation{Edge: l.Edges[typeName]}, f)
		lv.typeName, lv.lookup = typeName, out
		if _, err := c.addObject(lv, f.Selections); err != nil {
			return nil, err
		}
		out.levels[typeName] = lv
	}
	return out, nil
}

// addObject compiles a selection on the rows of a level, adds it to lv.objects and returns
// its index there.
func (c *compiler) addObject(lv *level, set ast.SelectionSet) (int, error) {
	o, err := c.compileObject(lv, set)
	if err != nil {
		return 0, err
	}
	o.firstSegment = lv.objectSegments
	lv.objectSegments += o.segments
	lv.objects = append(lv.objects, o)
	return len(lv.objects) - 1, nil
}

// compileConnection compiles the selection on a connection.
func (c *compiler) compileConnection(lv *level, typeName string, f graphql.CollectedField) error {
	lv.connection = &object{}
	ob := objectBuilder{object: lv.connection, format: c.plan.format}
	for _, f := range graphql.CollectFields(c.op, f.Selections, []string{typeName}) {
		ob.startField(f.Alias)
		switch f.Name {
		case "__typename":
			ob.addString(typeName)
		case "nodes":
			i, err := c.addObject(lv, f.Selections)
			if err != nil {
				return err
			}
			ob.addPiece(piece{kind: pieceNodes, index: i})
		case "edges":
			edge, err := c.compileEdgeObject(lv, f)
			if err != nil {
				return err
			}
			ob.addPiece(piece{kind: pieceEdges, edgeObject: edge})
		case "pageInfo":
			c.addPageInfo(lv, f, &ob)
		case "totalCount":
			if lv.counts == nil {
				lv.counts = &statement{count: true, levels: []*level{lv}}
			}
			ob.addPiece(piece{kind: pieceTotal})
		default:
			p, err := c.compileConnectionFigure(lv, typeName+"."+f.Name, f)
			if err != nil {
				return err
			}
			ob.addPiece(p)
		}
	}
	ob.closeObject()
	return nil
}

func (c *compiler) compileEdgeObject(lv *level, f graphql.CollectedField) (*object, error) {
	o := &object{}
	ob := objectBuilder{object: o, format: c.plan.format}
	typeName := f.Definition.Type.Name()
	for _, f := range graphql.CollectFields(c.op, f.Selections, []string{typeName}) {
		ob.startField(f.Alias)
		switch f.Name {
		case "__typename":
			ob.addString(typeName)
		case "cursor":
			lv.needsCursors = true
			ob.addPiece(piece{kind: pieceCursor})
		case "node":
			i, err := c.addObject(lv, f.Selections)
			if err != nil {
				return nil, err
			}
			ob.addPiece(piece{kind: pieceNode, index: i})
		default:
			return nil, &unsupportedError{typeName + "." + f.Name}
		}
	}
	ob.closeObject()
	return o, nil
}

var pageInfoPieces = map[string]pieceKind{
	"hasNextPage": pieceHasNext, "hasPreviousPage": pieceHasPrevious, "startCursor": pieceStartCursor, "endCursor": pieceEndCursor,
}

func (c *compiler) addPageInfo(lv *level, f graphql.CollectedField, ob *objectBuilder) {
	ob.openObject()
	for _, f := range graphql.CollectFields(c.op, f.Selections, []string{"PageInfo"}) {
		ob.startField(f.Alias)
		kind, ok := pageInfoPieces[f.Name]
		if !ok {
			ob.addString("PageInfo")
			continue
		}
		lv.needsCursors = lv.needsCursors || kind == pieceStartCursor || kind == pieceEndCursor
		ob.addPiece(piece{kind: kind})
	}
	ob.closeObject()
}

// addParentKeys adds the columns that the keys of children need to the columns of their parents. The
// statement of a chain needs no keys, because each level above its end has at most one row.
func (c *compiler) addParentKeys() {
	for _, st := range c.plan.statements {
		first := st.levels[0]
		if st.hasTwoLists() {
			first.children[0].addParentKey()
		}
		first.addParentKey()
	}
}

func (lv *level) addParentKey() {
	if lv.parent == nil || lv.parentKey != nil {
		return
	}
	for _, column := range lv.relation.Key {
		lv.parentKey = append(lv.parentKey, lv.parent.addKeyColumn(column))
	}
}

// addColumn returns the index of a column in lv.columns. It adds the column if it is missing.
func (lv *level) addColumn(name string) int {
	if lv.figure != nil {
		return lv.addFigureColumn(figureColumn{path: name})
	}
	i, ok := lv.columnIndex[name]
	if !ok {
		i = len(lv.columns)
		lv.columns = append(lv.columns, name)
		lv.columnIndex[name] = i
	}
	return i
}

// addKeyColumn returns the index of a column in lv.keyColumns. It adds the column if it is
// missing.
func (lv *level) addKeyColumn(name string) int {
	column := lv.addColumn(name)
	if i := slices.Index(lv.keyColumns, column); i >= 0 {
		return i
	}
	lv.keyColumns = append(lv.keyColumns, column)
	return len(lv.keyColumns) - 1
}

// objectCells returns the fields of a struct as cells, one for each column of the level. The
// struct is the result of Object.Load.
func (lv *level) objectCells(object any) ([][]byte, error) {
	v := reflect.Indirect(reflect.ValueOf(object))
	cells := make([][]byte, len(lv.columns))
	for i, name := range lv.columns {
		var err error
		if cells[i], err = query.AppendCell(make([]byte, 0, 32), v.FieldByName(name).Interface()); err != nil {
			return nil, err
		}
	}
	return cells, nil
}
