package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
)

// figures are the fields with figures about the rows of a list. The keys have the form Type.field. The
// resolvers and the fast path share them.
var figures = map[string]figure{
	"ResultConnection.stats": resultStats,
}

// A figure returns the aggregation for a field with figures. The arguments of the columns are decoded.
type figure struct {
	aggregation func(ctx context.Context, r *Resolver, columns []db.FigureColumn) (*query.Aggregation, error)
}

// forFastPath returns the figure for the fast path.
func (f figure) forFastPath(r *Resolver) fastpath.Figure {
	return fastpath.Figure{Params: func(ctx context.Context, list query.Params, _ map[string]any, columns []fastpath.FigureColumn) (query.Params, error) {
		decoded, err := r.decodeFigures(columns)
		if err != nil {
			return query.Params{}, err
		}
		a, err := f.aggregation(ctx, r, decoded)
		return query.Params{Filter: list.Filter, Aggregation: a}, err
	}}
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
	field := object.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, path[0]) })
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
		return json.Unmarshal(cell, field.Addr().Interface())
	}
	return fastpath.SetCell(field, cell)
}
