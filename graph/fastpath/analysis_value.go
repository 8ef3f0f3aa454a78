package fastpath

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
)

// A valueEncoder appends a value of an Analysis as JSON.
type valueEncoder func(x *execution, b []byte, v reflect.Value) ([]byte, error)

// A valueCompiler makes the encoders of the values of an analysis.
type valueCompiler struct {
	*compiler
	analysis *Analysis
}

// compile returns the encoder of a type of the schema for a type of Go.
func (c valueCompiler) compile(t *ast.Type, goType reflect.Type, set ast.SelectionSet) (valueEncoder, error) {
	switch def := c.schema.Schema().Types[t.Name()]; {
	case goType.Kind() == reflect.Pointer:
		return c.compilePointer(t, goType, set)
	case t.Elem != nil:
		return c.compileList(t, goType, set)
	case def.IsCompositeType():
		return c.compileStruct(def, goType, set)
	default:
		return scalarEncoder(goType, def.Kind == ast.Enum), nil
	}
}

func (c valueCompiler) compilePointer(t *ast.Type, goType reflect.Type, set ast.SelectionSet) (valueEncoder, error) {
	encode, err := c.compile(t, goType.Elem(), set)
	if err != nil {
		return nil, err
	}
	nonNull := t.NonNull
	return func(x *execution, b []byte, v reflect.Value) ([]byte, error) {
		switch {
		case !v.IsNil():
			return encode(x, b, v.Elem())
		case nonNull:
			return nil, errNullForNonNull
		}
		return append(b, "null"...), nil
	}, nil
}

func (c valueCompiler) compileList(t *ast.Type, goType reflect.Type, set ast.SelectionSet) (valueEncoder, error) {
	encode, err := c.compile(t.Elem, goType.Elem(), set)
	if err != nil {
		return nil, err
	}
	return func(x *execution, b []byte, v reflect.Value) (_ []byte, err error) {
		if v.IsNil() && !t.NonNull {
			return append(b, "null"...), nil
		}
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = encode(x, b, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}, nil
}

// A structMember is a field of an object: the text before its value, and its encoder.
type structMember struct {
	text   []byte
	encode valueEncoder
}

func (c valueCompiler) compileStruct(def *ast.Definition, goType reflect.Type, set ast.SelectionSet) (valueEncoder, error) {
	var members []structMember
	for i, f := range graphql.CollectFields(c.op, set, []string{def.Name}) {
		text := `,"` + f.Alias + `":`
		if i == 0 {
			text = "{" + text[1:]
		}
		encode, err := c.compileMember(def, goType, f)
		if err != nil {
			return nil, err
		}
		members = append(members, structMember{[]byte(text), encode})
	}
	return func(x *execution, b []byte, v reflect.Value) (_ []byte, err error) {
		for _, m := range members {
			if b, err = m.encode(x, append(b, m.text...), v); err != nil {
				return nil, err
			}
		}
		if len(members) == 0 {
			b = append(b, '{')
		}
		return append(b, '}'), nil
	}, nil
}

// compileMember returns the encoder of a field, which gets the struct with the field.
func (c valueCompiler) compileMember(def *ast.Definition, goType reflect.Type, f graphql.CollectedField) (valueEncoder, error) {
	if f.Name == "__typename" {
		return func(_ *execution, b []byte, _ reflect.Value) ([]byte, error) {
			return append(b, `"`+def.Name+`"`...), nil
		}, nil
	}
	named := func(name string) bool { return strings.EqualFold(name, f.Name) }
	if field, ok := goType.FieldByNameFunc(named); ok {
		encode, err := c.compile(f.Definition.Type, field.Type, f.Selections)
		return func(x *execution, b []byte, v reflect.Value) ([]byte, error) {
			return encode(x, b, v.FieldByIndex(field.Index))
		}, err
	}
	pointer := reflect.PointerTo(goType)
	for i := range pointer.NumMethod() {
		if method := pointer.Method(i); named(method.Name) {
			return c.compileMethod(method, f)
		}
	}
	return nil, &unsupportedError{def.Name + "." + f.Name}
}

// compileMethod returns the encoder of the result of a method, which returns a value and an error.
func (c valueCompiler) compileMethod(method reflect.Method, f graphql.CollectedField) (valueEncoder, error) {
	encode, err := c.compile(f.Definition.Type, method.Type.Out(0), f.Selections)
	decode := c.analysis.Arguments(f.Definition, method.Type)
	return func(x *execution, b []byte, v reflect.Value) ([]byte, error) {
		args, err := decode(f.ArgumentMap(x.op.Variables))
		if err != nil {
			return nil, &argumentError{err}
		}
		out := v.Addr().Method(method.Index).Call(args)
		if err, failed := out[1].Interface().(error); failed {
			return nil, &argumentError{err}
		}
		return encode(x, b, out[0])
	}, err
}

// scalarEncoder returns the encoder of a scalar or an enum value.
func scalarEncoder(goType reflect.Type, enum bool) valueEncoder {
	kind := query.KindOf(goType)
	return func(x *execution, b []byte, v reflect.Value) ([]byte, error) {
		cell, err := query.AppendCell(x.cellBuffer[:0], v.Interface())
		if err != nil {
			return nil, fmt.Errorf("encode a value: %w", err)
		}
		x.cellBuffer = cell
		if enum {
			return formatJSON.appendEnum(b, kind, cell, x.plan.enumCase)
		}
		return appendJSON(b, kind, cell)
	}
}
