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

// compile returns the plan of an operation, or an unsupportedError when the plan would leave
// all rows to the resolvers.
func (s *Schema) compile(op *graphql.OperationContext, f format) (*plan, error) {
	c := &compiler{s, op, &plan{format: f, enumCase: scalar.EnumCaseOf(op)}}
	if err := c.root(); err != nil {
		return nil, err
	}
	if c.plan.unsupported != nil && (len(c.plan.levels) == 0 || f != formatJSON) {
		return nil, c.plan.unsupported
	}
	c.plan.statements = c.statements()
	c.plan.chooseStream()
	return c.plan, nil
}

// root compiles the fields of Query. The resolvers answer the unsupported ones.
func (c *compiler) root() error {
	o := &object{}
	t := template{object: o, format: c.plan.format}
	for _, f := range graphql.CollectFields(c.op, c.op.Operation.SelectionSet, []string{"Query"}) {
		t.field(f.Alias)
		levels, lookups := len(c.plan.levels), len(c.plan.lookups)
		err := c.field(nil, "Query", f, &t)
		unsupported, ok := err.(*unsupportedError)
		switch {
		case ok:
			c.plan.levels, c.plan.lookups = c.plan.levels[:levels], c.plan.lookups[:lookups]
			c.resolve(f, unsupported)
			t.add(piece{kind: pieceResolved, alias: f.Alias})
		case err != nil:
			return err
		}
	}
	t.end()
	c.plan.root = o
	return nil
}

// resolve leaves a root field to the resolvers.
func (c *compiler) resolve(f graphql.CollectedField, reason *unsupportedError) {
	field := *f.Field
	field.SelectionSet = f.Selections
	field.Directives = nil // CollectFields has applied them
	c.plan.resolved = append(c.plan.resolved, &field)
	if c.plan.unsupported == nil {
		c.plan.unsupported = reason
	}
}

// object compiles a selection on the rows of a level.
func (c *compiler) object(lv *level, set ast.SelectionSet) (*object, error) {
	o := &object{}
	t := template{object: o, format: c.plan.format}
	for _, f := range graphql.CollectFields(c.op, set, []string{lv.typeName, "Node"}) {
		t.field(f.Alias)
		if err := c.field(lv, lv.typeName, f, &t); err != nil {
			return nil, err
		}
	}
	t.end()
	return o, nil
}

// field adds the value of a field to an object. The root has no level.
func (c *compiler) field(lv *level, typeName string, f graphql.CollectedField, t *template) error {
	name := typeName + "." + f.Name
	if f.Name == "__typename" {
		t.constant(typeName)
		return nil
	}
	if rel, ok := c.schema.conf.Relations[name]; ok {
		child, err := c.level(lv, rel, f)
		if err == nil {
			t.add(piece{kind: pieceLevel, level: child})
		}
		return err
	}
	if l, ok := c.schema.conf.Lookups[name]; ok && lv == nil {
		lookup, err := c.lookup(l, f)
		if err == nil {
			t.add(piece{kind: pieceLookup, lookup: lookup})
		}
		return err
	}
	if lv == nil {
		return &unsupportedError{name}
	}
	nonNull := f.Definition.Type.NonNull
	enum := c.schema.Schema().Types[f.Definition.Type.Name()].Kind == ast.Enum
	if computed, ok := c.schema.conf.Computed[name]; ok {
		p := piece{kind: pieceComputed, value: computed.Kind, enum: enum, index: len(c.plan.computed), nonNull: nonNull}
		for _, column := range computed.Columns {
			p.columns = append(p.columns, lv.column(column))
		}
		c.plan.computed = append(c.plan.computed, computed)
		t.add(p)
		return nil
	}
	column, kind, ok := lv.relation.column(c.schema.conf.DB, f.Name)
	if !ok {
		return &unsupportedError{name}
	}
	t.add(piece{kind: pieceColumn, value: kind, enum: enum, index: lv.column(column), nonNull: nonNull})
	return nil
}

// column returns the column of a field of the schema and the kind of its cells.
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

// level compiles a field that leads to rows.
func (c *compiler) level(parent *level, rel Relation, f graphql.CollectedField) (*level, error) {
	lv := c.newLevel(rel, f)
	lv.nonNull = f.Definition.Type.NonNull
	if parent != nil {
		lv.parent = parent
		parent.children = append(parent.children, lv)
		for _, column := range rel.Key {
			lv.parentKey = append(lv.parentKey, parent.keyColumn(column))
		}
	}
	switch typ := f.Definition.Type; {
	case strings.HasSuffix(typ.Name(), "Connection"):
		lv.shape = shapeConnection
		lv.typeName = c.schema.Schema().Types[typ.Name()].Fields.ForName("nodes").Type.Name()
		return lv, c.connection(lv, typ.Name(), f)
	case typ.Elem != nil && typ.Elem.Elem != nil:
		lv.shape, lv.groupColumn = shapeGroups, lv.column(rel.GroupBy)
	case typ.Elem != nil:
		lv.shape = shapeList
	}
	lv.typeName = f.Definition.Type.Name()
	_, err := c.rows(lv, f.Selections)
	return lv, err
}

func (c *compiler) newLevel(rel Relation, f graphql.CollectedField) *level {
	lv := &level{id: len(c.plan.levels), relation: rel, field: f.Field, columnIndex: map[string]int{}}
	c.plan.levels = append(c.plan.levels, lv)
	if rel.Edge != nil {
		lv.column(rel.Edge.PrimaryKey()[0]) // is null where a chain has no row
	}
	return lv
}

// lookup compiles a field that leads to objects of several types, with a level for each.
func (c *compiler) lookup(l Lookup, f graphql.CollectedField) (*lookup, error) {
	out := &lookup{Lookup: l, id: len(c.plan.lookups), field: f.Field, list: f.Definition.Type.Elem != nil, levels: map[string]*level{}}
	c.plan.lookups = append(c.plan.lookups, out)
	for _, typeName := range slices.Sorted(maps.Keys(l.Edges)) {
		lv := c.newLevel(Relation{Edge: l.Edges[typeName]}, f)
		lv.typeName, lv.lookup = typeName, out
		if _, err := c.rows(lv, f.Selections); err != nil {
			return nil, err
		}
		out.levels[typeName] = lv
	}
	return out, nil
}

// rows adds a selection on the rows of a level, and returns its index.
func (c *compiler) rows(lv *level, set ast.SelectionSet) (int, error) {
	o, err := c.object(lv, set)
	if err != nil {
		return 0, err
	}
	o.firstSegment = lv.segments
	lv.segments += o.segments
	lv.objects = append(lv.objects, o)
	return len(lv.objects) - 1, nil
}

// connection compiles the selection on a connection.
func (c *compiler) connection(lv *level, typeName string, f graphql.CollectedField) error {
	lv.connection = &object{}
	t := template{object: lv.connection, format: c.plan.format}
	for _, f := range graphql.CollectFields(c.op, f.Selections, []string{typeName}) {
		t.field(f.Alias)
		switch f.Name {
		case "__typename":
			t.constant(typeName)
		case "nodes":
			i, err := c.rows(lv, f.Selections)
			if err != nil {
				return err
			}
			t.add(piece{kind: pieceNodes, index: i})
		case "edges":
			edge, err := c.edge(lv, f)
			if err != nil {
				return err
			}
			t.add(piece{kind: pieceEdges, edge: edge})
		case "pageInfo":
			c.pageInfo(lv, f, &t)
		case "totalCount":
			if lv.counts == nil {
				lv.counts = &statement{count: true, levels: []*level{lv}}
			}
			t.add(piece{kind: pieceTotal})
		default:
			return &unsupportedError{typeName + "." + f.Name}
		}
	}
	t.end()
	return nil
}

func (c *compiler) edge(lv *level, f graphql.CollectedField) (*object, error) {
	o := &object{}
	t := template{object: o, format: c.plan.format}
	typeName := f.Definition.Type.Name()
	for _, f := range graphql.CollectFields(c.op, f.Selections, []string{typeName}) {
		t.field(f.Alias)
		switch f.Name {
		case "__typename":
			t.constant(typeName)
		case "cursor":
			lv.needsCursors = true
			t.add(piece{kind: pieceCursor})
		case "node":
			i, err := c.rows(lv, f.Selections)
			if err != nil {
				return nil, err
			}
			t.add(piece{kind: pieceNode, index: i})
		default:
			return nil, &unsupportedError{typeName + "." + f.Name}
		}
	}
	t.end()
	return o, nil
}

var pageInfoPieces = map[string]pieceKind{
	"hasNextPage": pieceHasNext, "hasPreviousPage": pieceHasPrevious, "startCursor": pieceStartCursor, "endCursor": pieceEndCursor,
}

func (c *compiler) pageInfo(lv *level, f graphql.CollectedField, t *template) {
	t.open()
	for _, f := range graphql.CollectFields(c.op, f.Selections, []string{"PageInfo"}) {
		t.field(f.Alias)
		kind, ok := pageInfoPieces[f.Name]
		if !ok {
			t.constant("PageInfo")
			continue
		}
		lv.needsCursors = lv.needsCursors || kind == pieceStartCursor || kind == pieceEndCursor
		t.add(piece{kind: kind})
	}
	t.end()
}

// column returns the index of a column in those of the level, and adds it if necessary.
func (lv *level) column(name string) int {
	i, ok := lv.columnIndex[name]
	if !ok {
		i = len(lv.columns)
		lv.columns = append(lv.columns, name)
		lv.columnIndex[name] = i
	}
	return i
}

// keyColumn returns the index of a column in keyColumns, and adds it if necessary.
func (lv *level) keyColumn(name string) int {
	column := lv.column(name)
	if i := slices.Index(lv.keyColumns, column); i >= 0 {
		return i
	}
	lv.keyColumns = append(lv.keyColumns, column)
	return len(lv.keyColumns) - 1
}

// cells returns the cells of the struct of an object's relation.
func (lv *level) cells(object any) ([][]byte, error) {
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
