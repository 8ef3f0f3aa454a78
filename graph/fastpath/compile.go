package fastpath

import (
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/graph/scalar"
)

// A compiler makes the plan of an operation.
type compiler struct {
	schema *Schema
	op     *graphql.OperationContext
	plan   *plan
}

// compile returns the plan of an operation, or an unsupportedError.
func (s *Schema) compile(op *graphql.OperationContext, f form) (*plan, error) {
	if op.Operation.Operation != ast.Query {
		return nil, &unsupportedError{"a " + string(op.Operation.Operation)}
	}
	c := &compiler{s, op, &plan{form: f, enumCase: scalar.EnumCaseOf(op)}}
	var err error
	c.plan.top, err = c.object(nil, "Query", op.Operation.SelectionSet)
	if err != nil {
		return nil, err
	}
	c.plan.readings = c.readings()
	c.plan.streams()
	return c.plan, nil
}

// object compiles a selection on the rows of a level; of the root there is no level.
func (c *compiler) object(lv *level, typ string, set ast.SelectionSet) (*object, error) {
	o := &object{}
	t := template{o: o, form: c.plan.form}
	for _, f := range graphql.CollectFields(c.op, set, []string{typ, "Node"}) {
		t.name(f.Alias)
		if err := c.field(lv, typ, f, &t); err != nil {
			return nil, err
		}
	}
	t.end()
	return o, nil
}

// field adds the value of a field to an object.
func (c *compiler) field(lv *level, typ string, f graphql.CollectedField, t *template) error {
	name := typ + "." + f.Name
	if f.Name == "__typename" {
		t.word(typ)
		return nil
	}
	if rel, ok := c.schema.conf.Relations[name]; ok {
		child, err := c.level(lv, rel, f)
		if err == nil {
			t.piece(piece{kind: pieceLevel, level: child})
		}
		return err
	}
	if lv == nil {
		return &unsupportedError{name}
	}
	nonNull := f.Definition.Type.NonNull
	if comp, ok := c.schema.conf.Computed[name]; ok {
		if c.plan.form != asJSON { // which is what these are written as
			return &unsupportedError{name + " in the encoding of rowcodec"}
		}
		at := make([]int, len(comp.Columns))
		for i, col := range comp.Columns {
			at[i] = lv.column(col)
		}
		t.piece(piece{kind: pieceComputed, computed: &computed{comp, at}, nonNull: nonNull})
		return nil
	}
	col, ok := lv.relation.Link.FieldColumn(c.schema.conf.Store.DB(), f.Name)
	if !ok {
		return &unsupportedError{name}
	}
	kind := lv.relation.Link.Kind(c.schema.conf.Store.DB(), col)
	enum := c.schema.Schema().Types[f.Definition.Type.Name()].Kind == ast.Enum
	t.piece(piece{kind: pieceCell, cell: kind, enum: enum, index: lv.column(col), nonNull: nonNull})
	return nil
}

// level compiles a field that leads to rows.
func (c *compiler) level(parent *level, rel Relation, f graphql.CollectedField) (*level, error) {
	typ := f.Definition.Type
	lv := &level{id: len(c.plan.levels), relation: rel, field: f.Field, parent: parent, nonNull: typ.NonNull, at: map[string]int{}}
	c.plan.levels = append(c.plan.levels, lv)
	if parent != nil {
		parent.children = append(parent.children, lv)
		for _, col := range rel.Key {
			lv.keyAt = append(lv.keyAt, parent.key(col))
		}
	}
	lv.column(rel.Link.PrimaryKey()[0]) // tells that there is a row, where it may be missing
	switch name := typ.Name(); {
	case strings.HasSuffix(name, "Connection"):
		lv.shape = shapePages
		lv.typ = c.schema.Schema().Types[name].Fields.ForName("nodes").Type.Name()
		return lv, c.page(lv, name, f)
	case typ.Elem != nil && typ.Elem.Elem != nil:
		lv.shape, lv.breakAt = shapeGroups, lv.column(groupColumn)
	case typ.Elem != nil:
		lv.shape = shapeList
	}
	lv.typ = typ.Name()
	_, err := c.rows(lv, f.Selections)
	return lv, err
}

// groupColumn is that by which rows fall into lists of lists: the place of a step.
const groupColumn = "position"

// rows adds a way to write the rows of a level, and returns its place.
func (c *compiler) rows(lv *level, set ast.SelectionSet) (int, error) {
	o, err := c.object(lv, lv.typ, set)
	if err != nil {
		return 0, err
	}
	o.first = lv.segments
	lv.segments += o.segments
	lv.objects = append(lv.objects, o)
	return len(lv.objects) - 1, nil
}

// page compiles the selection on a connection.
func (c *compiler) page(lv *level, typ string, f graphql.CollectedField) error {
	lv.connection = &object{}
	t := template{o: lv.connection, form: c.plan.form}
	for _, f := range graphql.CollectFields(c.op, f.Selections, []string{typ}) {
		t.name(f.Alias)
		switch f.Name {
		case "__typename":
			t.word(typ)
		case "nodes":
			i, err := c.rows(lv, f.Selections)
			if err != nil {
				return err
			}
			t.piece(piece{kind: pieceNodes, index: i})
		case "edges":
			edge, err := c.edge(lv, f)
			if err != nil {
				return err
			}
			t.piece(piece{kind: pieceEdges, edge: edge})
		case "pageInfo":
			c.info(lv, f, &t)
		case "totalCount":
			if lv.totals == nil {
				lv.totals = &reading{count: true, levels: []*level{lv}}
			}
			t.piece(piece{kind: pieceTotal})
		default:
			return &unsupportedError{typ + "." + f.Name}
		}
	}
	t.end()
	return nil
}

func (c *compiler) edge(lv *level, f graphql.CollectedField) (*object, error) {
	o := &object{}
	t := template{o: o, form: c.plan.form}
	typ := f.Definition.Type.Name()
	for _, f := range graphql.CollectFields(c.op, f.Selections, []string{typ}) {
		t.name(f.Alias)
		switch f.Name {
		case "__typename":
			t.word(typ)
		case "cursor":
			lv.cursors = true
			t.piece(piece{kind: pieceCursor})
		case "node":
			i, err := c.rows(lv, f.Selections)
			if err != nil {
				return nil, err
			}
			t.piece(piece{kind: pieceNode, index: i})
		default:
			return nil, &unsupportedError{typ + "." + f.Name}
		}
	}
	t.end()
	return o, nil
}

var pageInfo = map[string]pieceKind{
	"hasNextPage": pieceHasNext, "hasPreviousPage": pieceHasPrevious, "startCursor": pieceStart, "endCursor": pieceEnd,
}

func (c *compiler) info(lv *level, f graphql.CollectedField, t *template) {
	t.open()
	for _, f := range graphql.CollectFields(c.op, f.Selections, []string{"PageInfo"}) {
		t.name(f.Alias)
		kind, ok := pageInfo[f.Name]
		if !ok {
			t.word("PageInfo")
			continue
		}
		lv.cursors = lv.cursors || kind == pieceStart || kind == pieceEnd
		t.piece(piece{kind: kind})
	}
	t.end()
}

// column returns the place of a column among those of the level.
func (lv *level) column(name string) int {
	at, ok := lv.at[name]
	if !ok {
		at = len(lv.columns)
		lv.columns = append(lv.columns, name)
		lv.at[name] = at
	}
	return at
}

// key returns the place of a column among those that the keys of children are made of.
func (lv *level) key(name string) int {
	at := lv.column(name)
	if i := slices.Index(lv.keys, at); i >= 0 {
		return i
	}
	lv.keys = append(lv.keys, at)
	return len(lv.keys) - 1
}

// A template adds pieces to an object, with the text around them.
type template struct {
	form  form
	o     *object
	buf   []byte
	names []int // how many names each open object has
}

// open begins an object.
func (t *template) open() {
	t.text("{")
	t.names = append(t.names, 0)
}

func (t *template) name(name string) {
	if len(t.names) == 0 {
		t.open()
	}
	if n := &t.names[len(t.names)-1]; *n > 0 {
		t.text(",")
	}
	t.names[len(t.names)-1]++
	t.text(`"` + name + `":`)
}

// text adds what only JSON has.
func (t *template) text(s string) {
	if t.form == asJSON {
		t.buf = append(t.buf, s...)
	}
}

// word adds a string that is the same in every answer.
func (t *template) word(s string) { t.buf = t.form.word(t.buf, s) }

func (t *template) piece(p piece) {
	p.text, t.buf = t.buf, nil
	t.o.pieces = append(t.o.pieces, p)
	if p.kind == pieceLevel {
		t.o.segments++
	}
}

// end ends the innermost object; after the last one the template is done.
func (t *template) end() {
	if len(t.names) == 0 {
		t.open()
	}
	t.text("}")
	t.names = t.names[:len(t.names)-1]
	if len(t.names) == 0 {
		t.o.pieces = append(t.o.pieces, piece{text: t.buf})
		t.o.segments++
		t.buf = nil
	}
}

// String is for tests and profiles: the levels with their columns.
func (p *plan) String() string {
	var b strings.Builder
	for _, lv := range p.levels {
		fmt.Fprintf(&b, "%s %v\n", lv.relation.Link.Name(), lv.columns)
	}
	return b.String()
}
