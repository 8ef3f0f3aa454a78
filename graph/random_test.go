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
	// rooted is the way to what every operation is about; without it that is anything.
	rooted []string
}

// operation writes an operation, which may use variables and inline fragments.
func (a *author) operation(rt *rapid.T) string {
	var b strings.Builder
	if a.rooted == nil {
		a.selection(rt, &b, a.schema.Query, a.depth)
	} else {
		typ := a.schema.Query
		for i, name := range a.rooted {
			fmt.Fprintf(&b, "{ r%d: %s", i, name)
			field := typ.Fields.ForName(name)
			a.arguments(rt, &b, field)
			b.WriteByte(' ')
			typ = a.schema.Types[field.Type.Name()]
		}
		a.selection(rt, &b, typ, a.depth)
		b.WriteString(strings.Repeat(" }", len(a.rooted)))
	}
	var used []string
	for _, v := range []string{"$yes: Boolean! = true", "$no: Boolean! = false", "$few: Int = 2"} {
		if name, _, _ := strings.Cut(v, ":"); strings.Contains(b.String(), name) {
			used = append(used, v)
		}
	}
	if used == nil {
		return b.String()
	}
	return "query(" + strings.Join(used, ", ") + ") " + b.String()
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
		end := ""
		switch rapid.IntRange(0, 9).Draw(rt, "around") {
		case 0:
			fmt.Fprintf(b, " ... on %s %s {", def.Name, a.directive(rt))
			end = " }"
		case 1:
			b.WriteString(" ... {")
			end = " }"
		}
		fmt.Fprintf(b, " f%d_%d: %s", depth, i, f.Name)
		a.arguments(rt, b, f)
		if rapid.IntRange(0, 9).Draw(rt, "decided") == 0 {
			b.WriteString(a.directive(rt))
		}
		if child := a.schema.Types[f.Type.Name()]; !child.IsLeafType() {
			b.WriteByte(' ')
			a.selection(rt, b, child, depth-1)
		}
		b.WriteString(end)
	}
	if def.Kind == ast.Interface && depth > 0 {
		t := rapid.SampledFrom(a.schema.GetPossibleTypes(def)).Draw(rt, "type")
		fmt.Fprintf(b, " ... on %s ", t.Name)
		a.selection(rt, b, t, depth-1)
	}
	b.WriteString(" }")
}

// directive writes one of those that decide whether a selection runs.
func (a *author) directive(rt *rapid.T) string {
	return rapid.SampledFrom([]string{" @include(if: $yes)", " @include(if: $no)", " @skip(if: $no)", " @skip(if: $yes)", " @include(if: true)"}).Draw(rt, "directive")
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
		items := make([]string, rapid.IntRange(0, 4).Draw(rt, "items"))
		for i := range items {
			items[i] = a.value(rt, name, t.Elem)
		}
		return "[" + strings.Join(items, ", ") + "]"
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
		if t.NamedType == "Int" && !t.NonNull && rapid.IntRange(0, 5).Draw(rt, "variable") == 0 {
			return "$few"
		}
		return fmt.Sprint(rapid.IntRange(0, 5).Draw(rt, name))
	case t.NamedType == "DateTime":
		return fmt.Sprintf(`"2026-03-01T%02d:00:00Z"`, rapid.IntRange(10, 14).Draw(rt, name))
	}
	return `"x"`
}

// everything writes an operation for each field of each type below an account or the viewer.
func (a *author) everything() (ops []string) {
	type way struct{ to, open, end string }
	ways := []way{{"Account", `{ account(canvasGuid: "guidone")`, " }"}, {"Viewer", "{ viewer", " }"}}
	seen := map[string]bool{"Account": true, "Viewer": true}
	for len(ways) > 0 {
		w := ways[0]
		ways = ways[1:]
		for _, f := range a.schema.Types[w.to].Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			name := f.Name + a.required(f)
			child := a.schema.Types[f.Type.Name()]
			if child.IsLeafType() {
				ops = append(ops, w.open+" { "+name+" }"+w.end)
				continue
			}
			ops = append(ops, w.open+" { "+name+" { __typename } }"+w.end)
			if !seen[child.Name] {
				seen[child.Name] = true
				ways = append(ways, way{child.Name, w.open + " { " + name, " }" + w.end})
			}
		}
	}
	return ops
}

// required writes the arguments that a field must have.
func (a *author) required(f *ast.FieldDefinition) string {
	var args []string
	for _, arg := range f.Arguments {
		if !arg.Type.NonNull {
			continue
		}
		value := "FULL"
		switch arg.Name {
		case "canvasId":
			value = map[string]string{"course": "1001", "user": "1001001", "assignment": "1501"}[f.Name]
		case "userCanvasId":
			value = "1001001"
		case "id", "taskId":
			value = `"run.0"`
		}
		args = append(args, arg.Name+": "+value)
	}
	if args == nil {
		return ""
	}
	return "(" + strings.Join(args, ", ") + ")"
}
