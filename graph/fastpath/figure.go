package fastpath

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
)

// A Figure is a field with figures about the rows of a list, such as their number. The value of the field
// is made of nested objects, and of relations that start from columns of the figure.
type Figure struct {
	// Edge and Key lead to the rows, as in a Relation. They are not set for a field of a connection, which
	// is about all rows of the connection's list.
	Edge query.AnyEdge
	Key  []string
	// Params returns the parameters of the read, with an aggregation that has the requested columns in their
	// order. For a field of a connection, list has the parameters of its list.
	Params func(ctx context.Context, list query.Params, args map[string]any, columns []FigureColumn) (query.Params, error)
}

// A FigureColumn is a value of a Figure that an operation requests.
type FigureColumn struct {
	// Path is the path of fields to the value, such as "score.mean".
	Path string
	// Field is the field with arguments in the path, as Type.field, and Arguments are its arguments. Field
	// is "" if there is none.
	Field     string
	Arguments map[string]any
}

// A levelFigure is the figure whose values a level has in place of rows.
type levelFigure struct {
	Figure
	// list is the level of the connection that the figure belongs to, nil for other figures.
	list *level
	// columns are the requested values, by their index in level.columns.
	columns []figureColumn
	// total is the index of the cell with the number of groups, 0 if it is not requested.
	total int
}

// A figureColumn is a FigureColumn whose arguments are not evaluated. Field is nil without arguments.
type figureColumn struct {
	path, typeName string
	field          *ast.Field
}

// compileConnectionFigure compiles a field of a connection. All fields without arguments of the same name
// share a level.
func (c *compiler) compileConnectionFigure(list *level, name string, f graphql.CollectedField) (piece, error) {
	figure, ok := c.schema.conf.Figures[name]
	if !ok {
		return piece{}, &unsupportedError{name}
	}
	lv := list.figures[f.Name]
	if lv == nil || len(f.Definition.Arguments) > 0 {
		lv = c.newFigureLevel(figure, list, f)
		lv.relation = Relation{Edge: list.relation.Edge, Key: list.relation.Key}
		if lv.parent = list.parent; lv.parent != nil {
			lv.parent.children = append(lv.parent.children, lv)
		}
		if list.figures == nil {
			list.figures = map[string]*level{}
		}
		list.figures[f.Name] = lv
	}
	if f.Definition.Type.Name() == figureList {
		lv.shape = shapeConnection
		return piece{kind: pieceFigure, level: lv}, c.compileFigureList(lv, f)
	}
	i, err := c.addObject(lv, f.Selections)
	return piece{kind: pieceFigure, level: lv, index: i}, err
}

// figureList is the type of a list of groups.
const figureList = "ResultGroupList"

// compileFigureList compiles the selection on a list of groups.
func (c *compiler) compileFigureList(lv *level, f graphql.CollectedField) error {
	lv.typeName = c.schema.Schema().Types[figureList].Fields.ForName("nodes").Type.Name()
	lv.connection = &object{}
	ob := objectBuilder{object: lv.connection, format: c.plan.format}
	for _, f := range graphql.CollectFields(c.op, f.Selections, []string{figureList}) {
		ob.startField(f.Alias)
		switch f.Name {
		case "__typename":
			ob.addString(figureList)
		case "nodes":
			i, err := c.addObject(lv, f.Selections)
			if err != nil {
				return err
			}
			ob.addPiece(piece{kind: pieceNodes, index: i})
		case "truncated":
			ob.addPiece(piece{kind: pieceHasNext})
		case "totalCount":
			lv.figure.total = 1 + lv.addFigureColumn(figureColumn{path: f.Name}) // the first cell is the parent
			ob.addPiece(piece{kind: pieceTotal})
		default:
			return &unsupportedError{figureList + "." + f.Name}
		}
	}
	ob.closeObject()
	return nil
}

// compileFigure compiles a field of an object whose value is a list of groups.
func (c *compiler) compileFigure(parent *level, figure Figure, f graphql.CollectedField) (*level, error) {
	lv := c.newFigureLevel(figure, nil, f)
	lv.shape, lv.relation, lv.parent = shapeList, Relation{Edge: figure.Edge, Key: figure.Key}, parent
	parent.children = append(parent.children, lv)
	for _, column := range figure.Key {
		lv.parentKey = append(lv.parentKey, parent.addKeyColumn(column))
	}
	_, err := c.addObject(lv, f.Selections)
	return lv, err
}

func (c *compiler) newFigureLevel(figure Figure, list *level, f graphql.CollectedField) *level {
	lv := &level{
		id: len(c.plan.levels), field: f.Field, typeName: f.Definition.Type.Name(), nonNull: true, columnIndex: map[string]int{},
		figure: &levelFigure{Figure: figure, list: list},
	}
	c.plan.levels = append(c.plan.levels, lv)
	return lv
}

// compileFigureField adds a field of a figure to an object. The prefix is the path of the fields above it,
// and args the column of the field with arguments among them.
func (c *compiler) compileFigureField(lv *level, typeName string, f graphql.CollectedField, above figureColumn, ob *objectBuilder) error {
	if f.Name == "__typename" {
		ob.addString(typeName)
		return nil
	}
	name := typeName + "." + f.Name
	if rel, ok := c.schema.conf.Relations[name]; ok {
		child, err := c.compileLevel(lv, rel, f)
		if err == nil {
			ob.addPiece(piece{kind: pieceLevel, level: child})
		}
		return err
	}
	at := figureColumn{path: f.Name, typeName: above.typeName, field: above.field}
	if above.path != "" {
		at.path = above.path + "." + f.Name
	}
	if len(f.Definition.Arguments) > 0 {
		at.typeName, at.field = typeName, f.Field
	}
	typ := c.schema.Schema().Types[f.Definition.Type.Name()]
	if typ.IsLeafType() {
		ob.addPiece(piece{
			kind: pieceColumn, valueKind: figureKind(f.Definition.Type), enum: typ.Kind == ast.Enum,
			index: lv.addFigureColumn(at), nonNull: f.Definition.Type.NonNull,
		})
		return nil
	}
	ob.openObject()
	for _, child := range graphql.CollectFields(c.op, f.Selections, []string{typ.Name}) {
		ob.startField(child.Alias)
		if err := c.compileFigureField(lv, typ.Name, child, at, ob); err != nil {
			return err
		}
	}
	ob.closeObject()
	return nil
}

// figureKind returns the kind of the cells of a field.
func figureKind(t *ast.Type) query.Kind {
	kinds := map[string]query.Kind{
		"Boolean": query.KindBool, "Int": query.KindInt, "BigInt": query.KindInt, "Float": query.KindFloat, "DateTime": query.KindTime,
	}
	kind, ok := kinds[t.Name()]
	switch {
	case !ok:
		return query.KindText
	case t.Elem != nil && kind == query.KindFloat:
		return query.KindFloats
	case t.Elem != nil:
		return query.KindInts
	}
	return kind
}

// addFigureColumn returns the index of a value in lv.columns. It adds the value if it is missing.
func (lv *level) addFigureColumn(column figureColumn) int {
	if i := slices.Index(lv.figure.columns, column); i >= 0 {
		return i
	}
	lv.figure.columns = append(lv.figure.columns, column)
	lv.columns = append(lv.columns, column.path)
	return len(lv.columns) - 1
}

// prepareFigure evaluates the arguments of a figure and of its columns.
func (x *execution) prepareFigure(lv *level, lr *levelRows) (err error) {
	columns := make([]FigureColumn, len(lv.figure.columns))
	for i, c := range lv.figure.columns {
		columns[i] = FigureColumn{Path: c.path}
		if c.field != nil {
			columns[i].Field, columns[i].Arguments = c.typeName+"."+c.field.Name, c.field.ArgumentMap(x.op.Variables)
		}
	}
	var list query.Params
	if lv.figure.list != nil {
		list = x.levels[lv.figure.list.id].params
	}
	if lr.params, err = lv.figure.Params(x.ctx, list, lv.field.ArgumentMap(x.op.Variables), columns); err != nil {
		return &argumentError{err}
	}
	return nil
}
