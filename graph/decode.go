package graph

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/graph/scalar"
)

// A decoder decodes the value of an argument into a Go value, like gqlgen's generated code.
type decoder func(raw any, into reflect.Value) error

// decoderOf returns the decoder of a schema type into a Go type. It panics if the types do not
// match, which is an error in the program. Callers call it once for each field and keep the
// decoder.
func decoderOf(s *ast.Schema, t *ast.Type, goType reflect.Type) decoder {
	if goType.Kind() == reflect.Pointer {
		return pointerDecoder(decoderOf(s, t, goType.Elem()), goType.Elem())
	}
	if t.Elem != nil {
		return listDecoder(decoderOf(s, t.Elem, goType.Elem()), goType)
	}
	switch def := s.Types[t.NamedType]; def.Kind {
	case ast.Enum:
		return enumDecoder(goType)
	case ast.InputObject:
		return structDecoder(s, ast.ArgumentDefinitionList(fieldsAsArguments(def)), goType)
	}
	switch t.NamedType {
	case "Boolean":
		return scalarDecoder(graphql.UnmarshalBoolean)
	case "Int":
		return scalarDecoder(scalar.UnmarshalInt)
	case "BigInt":
		return scalarDecoder(scalar.UnmarshalBigInt)
	case "ID":
		return scalarDecoder(scalar.UnmarshalID)
	case "String":
		return scalarDecoder(scalar.UnmarshalString)
	case "Float":
		return scalarDecoder(unmarshalFloat)
	case "Date":
		return scalarDecoder(scalar.UnmarshalDate)
	case "TimeZone":
		return scalarDecoder(scalar.UnmarshalTimeZone)
	case "DateTime":
		return scalarDecoder(scalar.UnmarshalDateTime)
	}
	panic(fmt.Sprintf("no decoder for the type %s", t.NamedType))
}

func unmarshalFloat(v any) (float64, error) { return scalar.UnmarshalFloat(context.Background(), v) }

func scalarDecoder[T any](unmarshal func(any) (T, error)) decoder {
	return func(raw any, into reflect.Value) error {
		v, err := unmarshal(raw)
		if err == nil {
			into.Set(reflect.ValueOf(v).Convert(into.Type()))
		}
		return err
	}
}

// enumDecoder decodes an enum value. Enums that gqlgen generates have the values of the schema. Enums
// of package db have the same values in lower case.
func enumDecoder(goType reflect.Type) decoder {
	if reflect.PointerTo(goType).Implements(reflect.TypeFor[graphql.Unmarshaler]()) {
		return scalarDecoder(graphql.UnmarshalString)
	}
	return scalarDecoder(func(raw any) (string, error) {
		text, err := graphql.UnmarshalString(raw)
		return strings.ToLower(text), err
	})
}

func pointerDecoder(elem decoder, goType reflect.Type) decoder {
	return func(raw any, into reflect.Value) error {
		v := reflect.New(goType)
		into.Set(v)
		return elem(raw, v.Elem())
	}
}

// listDecoder decodes a single item as a list of one, as the GraphQL specification requires.
func listDecoder(elem decoder, goType reflect.Type) decoder {
	return func(raw any, into reflect.Value) error {
		items := graphql.CoerceList(raw)
		list := reflect.MakeSlice(goType, len(items), len(items))
		for i, item := range items {
			if err := elem(item, list.Index(i)); err != nil {
				return err
			}
		}
		into.Set(list)
		return nil
	}
}

// structDecoder decodes arguments or input fields into the struct's fields with the same names,
// ignoring case. An absent value becomes the default of the schema. Null, and an absent value
// without a default, leave the field unchanged.
func structDecoder(s *ast.Schema, defs ast.ArgumentDefinitionList, goType reflect.Type) decoder {
	type member struct {
		name         string
		index        []int
		decode       decoder
		defaultValue *ast.Value
	}
	members := make([]member, len(defs))
	for i, def := range defs {
		f, ok := goType.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, def.Name) })
		if !ok {
			panic(fmt.Sprintf("%s has no field for %s", goType, def.Name))
		}
		members[i] = member{def.Name, f.Index, decoderOf(s, def.Type, f.Type), def.DefaultValue}
	}
	return func(raw any, into reflect.Value) error {
		values, _ := raw.(map[string]any)
		for _, m := range members {
			v, ok := values[m.name]
			if !ok && m.defaultValue != nil {
				v, _ = m.defaultValue.Value(nil)
			}
			if v == nil {
				continue
			}
			if err := m.decode(v, into.FieldByIndex(m.index)); err != nil {
				return err
			}
		}
		return nil
	}
}

func fieldsAsArguments(def *ast.Definition) []*ast.ArgumentDefinition {
	out := make([]*ast.ArgumentDefinition, len(def.Fields))
	for i, f := range def.Fields {
		out[i] = &ast.ArgumentDefinition{Name: f.Name, Type: f.Type, DefaultValue: f.DefaultValue}
	}
	return out
}
