package graph_test

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"
)

// An author writes random valid operations of a schema: whatever field or argument the
// schema has is written sooner or later, without a list of them here.
type author struct {
	schema *ast.Schema
	// values are good values for arguments and input fields, by their names.
	values map[string][]string
	depth  int
}

func (a *author) operation(rt *rapid.T) string {
	var b strings.Builder
	a.selection(rt, &b, a.schema.Query, a.depth)
	return b.String()
}

// selection writes fields of a type; deep down only those without a selection.
func (a *author) selection(rt *rapid.T, b *strings.Builder, def *ast.Definition, depth int) {
	b.WriteString("{ __typename")
	fields := make([]*ast.FieldDefinition, 0, len(def.Fields))
	for _, f := range def.Fields {
		leaf := a.schema.Types[f.Type.Name()].IsLeafType()
		if !strings.HasPrefix(f.Name, "__") && (leaf || depth > 0) {
			fields = append(fields, f)
		}
	}
	for i, f := range rapid.SliceOfN(rapid.SampledFrom(fields), 1, 3).Draw(rt, "fields") {
		fmt.Fprintf(b, " f%d_%d: %s", depth, i, f.Name)
		a.arguments(rt, b, f)
		if child := a.schema.Types[f.Type.Name()]; !child.IsLeafType() {
			b.WriteByte(' ')
			a.selection(rt, b, child, depth-1)
		}
	}
	if def.Kind == ast.Interface && depth > 0 {
		t := rapid.SampledFrom(a.schema.GetPossibleTypes(def)).Draw(rt, "type")
		fmt.Fprintf(b, " ... on %s ", t.Name)
		a.selection(rt, b, t, depth-1)
	}
	b.WriteString(" }")
}

func (a *author) arguments(rt *rapid.T, b *strings.Builder, f *ast.FieldDefinition) {
	var args []string
	for _, arg := range f.Arguments {
		if arg.Type.NonNull || rapid.IntRange(0, 2).Draw(rt, arg.Name) == 0 {
			args = append(args, arg.Name+": "+a.value(rt, arg.Name, arg.Type))
		}
	}
	if len(args) > 0 {
		fmt.Fprintf(b, "(%s)", strings.Join(args, ", "))
	}
}

// value writes a value of a type, for the argument or input field of a name.
func (a *author) value(rt *rapid.T, name string, t *ast.Type) string {
	if t.Elem != nil {
		return "[" + a.value(rt, name, t.Elem) + "]"
	}
	if known := a.values[name]; known != nil {
		return rapid.SampledFrom(known).Draw(rt, name)
	}
	switch def := a.schema.Types[t.NamedType]; {
	case def.Kind == ast.Enum:
		return rapid.SampledFrom(def.EnumValues).Draw(rt, name).Name
	case def.Kind == ast.InputObject:
		var fields []string
		for _, f := range def.Fields {
			if rapid.IntRange(0, 4).Draw(rt, f.Name) == 0 {
				fields = append(fields, f.Name+": "+a.value(rt, f.Name, f.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case t.NamedType == "Boolean":
		return fmt.Sprint(rapid.Bool().Draw(rt, name))
	case t.NamedType == "Int", t.NamedType == "BigInt":
		return fmt.Sprint(rapid.IntRange(0, 5).Draw(rt, name))
	case t.NamedType == "DateTime":
		return fmt.Sprintf(`"2026-03-01T%02d:00:00Z"`, rapid.IntRange(10, 14).Draw(rt, name))
	}
	return `"x"`
}
