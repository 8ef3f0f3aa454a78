package graph

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
)

// figures are the fields with figures about the rows of a list. The keys have the form Type.field.
var figures = map[string]interface {
	forFastPath(r *Resolver, s *ast.Schema, field *ast.FieldDefinition) fastpath.Figure
}{
	"ResultConnection.stats":  connectionFigure[statsArguments]{},
	"ResultConnection.groups": connectionFigure[groupsArguments]{},
	"Assignment.stepStats":    assignmentStepStats,
	"Course.stepStats":        courseStepStats,
	"Course.activity":         courseActivity,
}

// A connectionFigure is a field of a connection with figures about all rows of its list. A is the type of
// the field's arguments. The resolvers and the fast path share it.
type connectionFigure[A figureArguments] struct{}

// figureArguments is implemented by structs that hold the arguments of a field with figures.
type figureArguments interface {
	// aggregate validates the arguments and returns the aggregation with the given columns, and the page of
	// groups. The other fields of the parameters are not set.
	aggregate(ctx context.Context, r *Resolver, columns []db.FigureColumn) (query.Params, error)
}

// aggregate returns figureArguments.aggregate, with a counter of rows if the request asks for its cost.
func aggregate(ctx context.Context, r *Resolver, a figureArguments, columns []db.FigureColumn) (query.Params, error) {
	p, err := a.aggregate(ctx, r, columns)
	if err == nil {
		p.Aggregation.RowsRead = rowsRead(ctx)
	}
	return p, err
}

// forFastPath returns the figure for the fast path, which has the arguments in a map.
func (connectionFigure[A]) forFastPath(r *Resolver, s *ast.Schema, field *ast.FieldDefinition) fastpath.Figure {
	decode := argumentsDecoder[A](s, field)
	return fastpath.Figure{Params: func(ctx context.Context, list query.Params, args map[string]any, columns []fastpath.FigureColumn) (p query.Params, err error) {
		decoded, err := r.decodeFigures(columns)
		if err != nil {
			return p, err
		}
		a, err := decode(args)
		if err != nil {
			return p, err
		}
		p, err = aggregate(ctx, r, a, decoded)
		return p.OfFigures(list), err
	}}
}

// loadFigures returns the figures about the rows of each connection. The function build makes the values of
// all parents of a batch from their groups. There is one group more than the page holds if another page follows.
func loadFigures[A figureArguments, C, V any](ctx context.Context, r *Resolver, lists []*query.Connection[C], a A,
	build func(groups [][]query.AggregateRow, columns []db.FigureColumn, p query.Params) ([]V, error),
) ([]V, error) {
	columns, err := r.requestedFigures(ctx)
	if err != nil {
		return nil, err
	}
	p, err := aggregate(ctx, r, a, columns)
	if err != nil {
		return nil, err
	}
	out := make([]V, len(lists))
	for i, list := range lists {
		value, err := list.Aggregate(ctx, p, func(groups [][]query.AggregateRow) ([]any, error) {
			values, err := build(groups, columns, p)
			return anys(values), err
		})
		if err != nil {
			return nil, err
		}
		out[i] = value.(V)
	}
	return out, nil
}

func anys[V any](values []V) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// A figureDecoder decodes the arguments of a field of figures.
type figureDecoder func(args map[string]any) (db.FigureArguments, error)

// newFigureArguments returns the decoders of all fields of NumberStats with arguments, by their names in the
// form Type.field.
func newFigureArguments(s *ast.Schema) map[string]figureDecoder {
	decoders := map[string]figureDecoder{}
	for _, field := range s.Types["NumberStats"].Fields {
		if len(field.Arguments) > 0 {
			decoders["NumberStats."+field.Name] = argumentsDecoder[db.FigureArguments](s, field)
		}
	}
	return decoders
}

// decodeFigures decodes the arguments of columns.
func (r *Resolver) decodeFigures(columns []fastpath.FigureColumn) ([]db.FigureColumn, error) {
	out := make([]db.FigureColumn, len(columns))
	for i, c := range columns {
		out[i].Path = c.Path
		if c.Field == "" {
			continue
		}
		var err error
		if out[i].Arguments, err = r.figureArguments[c.Field](c.Arguments); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// requestedFigures returns the columns that the selection of the resolver's field needs.
func (r *Resolver) requestedFigures(ctx context.Context) ([]db.FigureColumn, error) {
	return r.decodeFigures(figureColumns(graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx).Field, fastpath.FigureColumn{}))
}

// figureColumns returns the columns that the selection of a field needs. Above is the path to the field.
func figureColumns(op *graphql.OperationContext, field graphql.CollectedField, above fastpath.FigureColumn) (columns []fastpath.FigureColumn) {
	typeName := field.Definition.Type.Name()
	for _, f := range graphql.CollectFields(op, field.Selections, []string{typeName}) {
		name, at := typeName+"."+f.Name, above
		at.Path = strings.TrimPrefix(above.Path+"."+f.Name, ".")
		if len(f.Definition.Arguments) > 0 {
			at.Field, at.Arguments = name, f.ArgumentMap(op.Variables)
		}
		rel, isRelation := relations[name]
		switch {
		case name == "ResultGroupList.nodes":
			columns = append(columns, figureColumns(op, f, above)...)
		case name == "ResultGroupList.truncated": // follows from the number of rows
		case isRelation:
			for _, column := range rel.keyColumns() {
				columns = append(columns, fastpath.FigureColumn{Path: column})
			}
		case len(f.Selections) > 0:
			columns = append(columns, figureColumns(op, f, at)...)
		case f.Name != "__typename":
			columns = append(columns, at)
		}
	}
	return columns
}

// setFigures sets the fields of a struct with the figures of a group. The fields have the names of the
// columns' paths, but may differ in upper and lower case.
func setFigures(into any, columns []db.FigureColumn, row query.AggregateRow) error {
	for i, c := range columns {
		if err := setFigure(reflect.ValueOf(into).Elem(), strings.Split(c.Path, "."), c.Arguments, row[i]); err != nil {
			return fmt.Errorf("read the figure %s: %w", c.Path, err)
		}
	}
	return nil
}

// setFigure sets the field at a path to the value of a cell. The value of a field with arguments is in a
// map for the arguments, such as NumberStats.PercentilesByArguments.
func setFigure(object reflect.Value, path []string, args db.FigureArguments, cell []byte) error {
	field := object.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, strings.ReplaceAll(path[0], "_", "")) })
	if !field.IsValid() {
		byArguments := object.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, path[0]+"ByArguments") })
		if byArguments.IsNil() {
			byArguments.Set(reflect.MakeMap(byArguments.Type()))
		}
		key := reflect.ValueOf(args.Key())
		value := reflect.New(byArguments.Type().Elem()).Elem()
		if known := byArguments.MapIndex(key); known.IsValid() {
			value.Set(known)
		}
		if err := setFigureField(value, path, args, cell); err != nil {
			return err
		}
		byArguments.SetMapIndex(key, value)
		return nil
	}
	return setFigureField(field, path, args, cell)
}

// setFigureField sets a field, whose name is the first element of the path, or one below it.
func setFigureField(field reflect.Value, path []string, args db.FigureArguments, cell []byte) error {
	switch {
	case len(path) > 1:
		if field.Kind() == reflect.Pointer && field.IsNil() {
			field.Set(reflect.New(field.Type().Elem()))
		}
		return setFigure(reflect.Indirect(field), path[1:], args, cell)
	case field.Kind() == reflect.Slice && cell == nil:
		return nil
	case field.Kind() == reflect.Slice:
		return fastpath.SetNumbers(field, cell)
	}
	return fastpath.SetCell(field, cell)
}
