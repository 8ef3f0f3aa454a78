package graph_test

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"
)

// An operationGenerator generates random valid operations. It reads the fields and arguments from
// the schema, so the operations cover new fields and arguments automatically.
type operationGenerator struct {
	schema *ast.Schema
	// values are valid values for arguments and input fields, by name.
	values map[string][]string
	// depth is the maximum number of nested selections below rootPath.
	depth int
	// rootPath is the path of fields from Query to the object from which every operation
	// selects. It is nil if the operations select from Query.
	rootPath []string
	// existing has arguments of the fields of rootPath, by name; nil stands for existingObjects.
	existing map[string][]string
}

// A randomOperation is a document with the variables of each request that sends it.
type randomOperation struct {
	document string
	requests []map[string]any
}

// operationVariables are the variables of random operations.
var operationVariables = []struct {
	name, definition string
	value            func(rt *rapid.T) any
}{
	{"yes", "$yes: Boolean! = true", func(rt *rapid.T) any { return rapid.Bool().Draw(rt, "yes") }},
	{"no", "$no: Boolean! = false", func(rt *rapid.T) any { return rapid.Bool().Draw(rt, "no") }},
	{"few", "$few: Int = 2", func(rt *rapid.T) any { return rapid.IntRange(0, 5).Draw(rt, "few") }},
}

// existingObjects are arguments of the fields of a root path that find an object. With random
// arguments hardly any operation of a long path would read anything.
var existingObjects = map[string]string{
	"account": `(canvasGuid: "guidone")`, "course": "(canvasId: 1001)", "assignment": "(canvasId: 1501)",
	"user": "(canvasId: 1001001)", "result": "(userCanvasId: 1001001)",
}

// requestsPerDocument is how often an operation with variables is sent: first without values, and
// then with random values.
const requestsPerDocument = 3

// operation returns a random operation, which can have variables and inline fragments.
func (g *operationGenerator) operation(rt *rapid.T) randomOperation {
	var b strings.Builder
	if g.rootPath == nil {
		g.selection(rt, &b, g.schema.Query, g.depth)
	} else {
		typ := g.schema.Query
		for i, name := range g.rootPath {
			fmt.Fprintf(&b, "{ r%d: %s", i, name)
			field := typ.Fields.ForName(name)
			switch found := g.existing[name]; {
			case found != nil:
				b.WriteString(rapid.SampledFrom(found).Draw(rt, "existing"))
			case g.existing == nil && existingObjects[name] != "":
				b.WriteString(existingObjects[name])
			default:
				g.arguments(rt, &b, field)
			}
			b.WriteByte(' ')
			typ = g.schema.Types[field.Type.Name()]
		}
		g.selection(rt, &b, typ, g.depth)
		b.WriteString(strings.Repeat(" }", len(g.rootPath)))
	}
	op := randomOperation{b.String(), []map[string]any{nil}}
	var definitions []string
	values := make([]map[string]any, requestsPerDocument-1)
	for _, v := range operationVariables {
		if !strings.Contains(op.document, "$"+v.name) {
			continue
		}
		definitions = append(definitions, v.definition)
		for i := range values {
			if values[i] == nil {
				values[i] = map[string]any{}
			}
			values[i][v.name] = v.value(rt)
		}
	}
	if definitions != nil {
		op.document = "query(" + strings.Join(definitions, ", ") + ") " + op.document
		op.requests = append(op.requests, values...)
	}
	return op
}

// selection writes a random selection of fields of a type. At depth 0 it writes only scalar and
// enum fields.
func (g *operationGenerator) selection(rt *rapid.T, b *strings.Builder, def *ast.Definition, depth int) {
	b.WriteString("{ __typename")
	fields := make([]*ast.FieldDefinition, 0, len(def.Fields))
	for _, f := range def.Fields {
		isLeaf := g.schema.Types[f.Type.Name()].IsLeafType()
		if !strings.HasPrefix(f.Name, "__") && (isLeaf || depth > 0) {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 { // the type has only objects
		b.WriteString(" }")
		return
	}
	for i, f := range rapid.SliceOfN(rapid.SampledFrom(fields), 1, 3).Draw(rt, "fields") {
		end := ""
		switch rapid.IntRange(0, 9).Draw(rt, "fragment") {
		case 0:
			fmt.Fprintf(b, " ... on %s %s {", def.Name, g.directive(rt))
			end = " }"
		case 1:
			b.WriteString(" ... {")
			end = " }"
		}
		fmt.Fprintf(b, " f%d_%d: %s", depth, i, f.Name)
		g.arguments(rt, b, f)
		if rapid.IntRange(0, 9).Draw(rt, "hasDirective") == 0 {
			b.WriteString(g.directive(rt))
		}
		if child := g.schema.Types[f.Type.Name()]; !child.IsLeafType() {
			b.WriteByte(' ')
			g.selection(rt, b, child, depth-1)
		}
		b.WriteString(end)
	}
	if def.Kind == ast.Interface && depth > 0 {
		t := rapid.SampledFrom(g.schema.GetPossibleTypes(def)).Draw(rt, "type")
		fmt.Fprintf(b, " ... on %s ", t.Name)
		g.selection(rt, b, t, depth-1)
	}
	b.WriteString(" }")
}

// directive returns a random @include or @skip directive.
func (g *operationGenerator) directive(rt *rapid.T) string {
	return rapid.SampledFrom([]string{" @include(if: $yes)", " @include(if: $no)", " @skip(if: $no)", " @skip(if: $yes)", " @include(if: true)"}).Draw(rt, "directive")
}

func (g *operationGenerator) arguments(rt *rapid.T, b *strings.Builder, f *ast.FieldDefinition) {
	var args []string
	for _, arg := range f.Arguments {
		if arg.Type.NonNull || rapid.IntRange(0, 2).Draw(rt, arg.Name) == 0 {
			args = append(args, arg.Name+": "+g.value(rt, arg.Name, arg.Type))
		}
	}
	if len(args) > 0 {
		fmt.Fprintf(b, "(%s)", strings.Join(args, ", "))
	}
}

// value returns a random value of a type. The name is the name of the argument or input field.
func (g *operationGenerator) value(rt *rapid.T, name string, t *ast.Type) string {
	if t.Elem != nil {
		items := make([]string, rapid.IntRange(0, 4).Draw(rt, "items"))
		for i := range items {
			items[i] = g.value(rt, name, t.Elem)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	if values := g.values[name]; values != nil {
		return rapid.SampledFrom(values).Draw(rt, name)
	}
	switch def := g.schema.Types[t.NamedType]; {
	case def.Kind == ast.Enum:
		return rapid.SampledFrom(def.EnumValues).Draw(rt, name).Name
	case def.Kind == ast.InputObject && def.Directives.ForName("oneOf") != nil:
		f := rapid.SampledFrom(def.Fields).Draw(rt, name)
		required := *f.Type
		required.NonNull = true
		return "{" + f.Name + ": " + g.value(rt, f.Name, &required) + "}"
	case def.Kind == ast.InputObject:
		var fields []string
		for _, f := range def.Fields {
			required := f.Type.NonNull && f.DefaultValue == nil
			if required || rapid.IntRange(0, 4).Draw(rt, f.Name) == 0 {
				fields = append(fields, f.Name+": "+g.value(rt, f.Name, f.Type))
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
	case t.NamedType == "Float":
		return rapid.SampledFrom([]string{"0", "5", "1.5", "-1e3"}).Draw(rt, name)
	case t.NamedType == "Date":
		return rapid.SampledFrom([]string{`"2026-02-28"`, `"2026-03-01"`, `"2026-03-02"`}).Draw(rt, name)
	case t.NamedType == "TimeZone":
		return rapid.SampledFrom([]string{`"UTC"`, `"Asia/Tokyo"`, `"America/Los_Angeles"`}).Draw(rt, name)
	case t.NamedType == "DateTime":
		return fmt.Sprintf(`"2026-03-01T%02d:00:00Z"`, rapid.IntRange(10, 14).Draw(rt, name))
	}
	return `"x"`
}

// keyOfField has the values of the argument by of groups with which a field of the key can be selected.
var keyOfField = map[string]string{
	"assignment": "ASSIGNMENT", "section": "SECTION", "attempt": "ATTEMPT", "state": "STATE", "outcome": "OUTCOME", "revision": "ASSIGNMENT, REVISION",
	"user": "USER", "hour": "HOUR", "day": "DAY", "week": "WEEK", "month": "MONTH", "weekday": "WEEKDAY", "scoreBand": "SCORE_BAND",
}

var groupBy = regexp.MustCompile(`by: \[[A-Z, _]*\]`)

// operationPerField returns one operation for each field of each type that is reachable from
// Query.account or Query.viewer.
func (g *operationGenerator) operationPerField() (ops []string) {
	type typePath struct{ typeName, open, end string }
	paths := []typePath{{"Account", `{ account(canvasGuid: "guidone")`, " }"}, {"Viewer", "{ viewer", " }"}}
	seen := map[string]bool{"Account": true, "Viewer": true}
	for len(paths) > 0 {
		p := paths[0]
		paths = paths[1:]
		for _, f := range g.schema.Types[p.typeName].Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			name := f.Name + g.requiredArguments(f)
			child := g.schema.Types[f.Type.Name()]
			if key := keyOfField[f.Name]; p.typeName == "ResultGroupKeyValue" {
				p.open = groupBy.ReplaceAllString(p.open, "by: ["+key+"]")
			}
			if child.IsLeafType() {
				ops = append(ops, p.open+" { "+name+" }"+p.end)
				continue
			}
			ops = append(ops, p.open+" { "+name+" { __typename } }"+p.end)
			if !seen[child.Name] {
				seen[child.Name] = true
				paths = append(paths, typePath{child.Name, p.open + " { " + name, " }" + p.end})
			}
		}
	}
	return ops
}

// requiredArguments returns the required arguments of a field, in parentheses.
func (g *operationGenerator) requiredArguments(f *ast.FieldDefinition) string {
	var args []string
	for _, arg := range f.Arguments {
		if !arg.Type.NonNull || arg.DefaultValue != nil {
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
		case "course":
			value = "{path: {accountMomotorId: 1, canvasId: 1001}}"
		case "ps":
			value = "[0.5]"
		case "by":
			value = "[STATE]"
		}
		args = append(args, arg.Name+": "+value)
	}
	if args == nil {
		return ""
	}
	return "(" + strings.Join(args, ", ") + ")"
}
