package graph

import (
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
)

// MakeSlow disables the fast path for the given relations. Each name has the form Type.field.
func (c *Config) MakeSlow(relations ...string) { c.slow = relations }

// Fields are the fields that queries can select. Each name has the form Type.field.
type Fields struct {
	// Fast fields are supported by the fast path.
	Fast []string
	// Slow fields are answered by the resolvers only.
	Slow []string
	// Unregistered fields are in none of the maps slowFields, relations, lookups and
	// computedFields, and are no columns. Stale entries of these maps are not in the schema.
	// Ambiguous fields are in several of the maps. Entries WithoutReason are slowFields with
	// an empty reason.
	Unregistered, Stale, Ambiguous, WithoutReason []string
}

// ClassifyFields compares slowFields, relations, lookups and computedFields with the schema.
func ClassifyFields(t testing.TB, store *db.Store) (out Fields) {
	t.Helper()
	schema := exec.NewExecutableSchema(exec.Config{}).Schema()
	columns := columnPredicates(schema, store)
	figureTypes := typesOfFigures(schema)
	registered := map[string]int{}
	for name, reason := range slowFields {
		registered[name]++
		if reason == "" {
			out.WithoutReason = append(out.WithoutReason, name)
		}
	}
	for _, names := range []iter.Seq[string]{maps.Keys(relations), maps.Keys(lookups), maps.Keys(computedFields), maps.Keys(figures)} {
		for name := range names {
			registered[name]++
		}
	}
	isSlow := func(name string) bool { return slowFields[name] != "" }
	for _, name := range selectableFields(schema, isSlow) {
		typeName, field, _ := strings.Cut(name, ".")
		isColumn := columns[typeName]
		switch n := registered[name]; {
		case n > 1:
			out.Ambiguous = append(out.Ambiguous, name)
		case slowFields[name] != "":
			out.Slow = append(out.Slow, name)
		case n == 1, figureTypes[typeName], isColumn != nil && isColumn(field), isPageField(typeName, field):
			out.Fast = append(out.Fast, name)
		default:
			out.Unregistered = append(out.Unregistered, name)
		}
		delete(registered, name)
	}
	out.Stale = slices.Sorted(maps.Keys(registered))
	return out
}

// columnPredicates returns, for each object type, a function that reports whether a field is a
// column.
func columnPredicates(schema *ast.Schema, store *db.Store) map[string]func(field string) bool {
	predicates := map[string]func(string) bool{}
	add := func(typeName string, edge query.AnyEdge) {
		predicates[typeName] = func(field string) bool {
			_, ok := edge.FieldColumn(store.DB(), field)
			return ok
		}
	}
	for name, rel := range relations {
		field := fieldNamed(schema, name)
		r := rel.forFastPath(&Resolver{Store: store}, schema, field)
		typeName := strings.TrimSuffix(field.Type.Name(), connectionSuffix)
		if r.Analysis != nil {
			addValueTypes(predicates, schema, field.Type.Name(), r.Analysis.Type)
			continue
		}
		if r.Object == nil {
			add(typeName, r.Edge)
			continue
		}
		predicates[typeName] = func(field string) bool {
			_, ok := r.Object.Type.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, field) })
			return ok
		}
	}
	return predicates
}

// addValueTypes adds the types of the values of an analysis, whose fields are those and the methods of
// structs.
func addValueTypes(predicates map[string]func(string) bool, schema *ast.Schema, typeName string, goType reflect.Type) {
	for goType.Kind() == reflect.Pointer || goType.Kind() == reflect.Slice {
		goType = goType.Elem()
	}
	memberType := func(field string) reflect.Type {
		named := func(name string) bool { return strings.EqualFold(name, field) }
		if f, ok := goType.FieldByNameFunc(named); ok {
			return f.Type
		}
		pointer := reflect.PointerTo(goType)
		for i := range pointer.NumMethod() {
			if m := pointer.Method(i); named(m.Name) {
				return m.Type.Out(0)
			}
		}
		return nil
	}
	predicates[typeName] = func(field string) bool { return memberType(field) != nil }
	for _, f := range schema.Types[typeName].Fields {
		if t := memberType(f.Name); t != nil && schema.Types[f.Type.Name()].IsCompositeType() {
			addValueTypes(predicates, schema, f.Type.Name(), t)
		}
	}
}

// typesOfFigures returns the types whose fields are figures: those of the values of figures, and the types
// without identity below them.
func typesOfFigures(schema *ast.Schema) map[string]bool {
	types := map[string]bool{}
	var visit func(typeName string)
	visit = func(typeName string) {
		def := schema.Types[typeName]
		if types[typeName] || def.IsLeafType() || slices.Contains(def.Interfaces, "Node") {
			return
		}
		types[typeName] = true
		for _, f := range def.Fields {
			visit(f.Type.Name())
		}
	}
	for name := range figures {
		visit(fieldNamed(schema, name).Type.Name())
	}
	return types
}

// isPageField reports whether a field belongs to the paging that all connections have: whether it
// is a field of a connection, an edge or PageInfo.
func isPageField(typeName, field string) bool {
	var fields []string
	switch {
	case strings.HasSuffix(typeName, connectionSuffix):
		fields = []string{"edges", "nodes", "pageInfo", "totalCount"}
	case strings.HasSuffix(typeName, "Edge"):
		fields = []string{"cursor", "node"}
	case typeName == "PageInfo":
		fields = []string{"hasNextPage", "hasPreviousPage", "startCursor", "endCursor"}
	}
	return slices.Contains(fields, field)
}

// ReadsFigures reports whether a field, Type.field, has an analysis, or figures that do not belong to a
// connection.
func ReadsFigures(name string) bool {
	_, isFigure := figures[name]
	rel, isRelation := relations[name]
	return isFigure && !strings.HasPrefix(name, "ResultConnection.") || isRelation && strings.HasPrefix(reflect.TypeOf(rel).Name(), "analysis[")
}

// SelectableFields returns the fields of all object types that queries can reach, except
// introspection types. Each name has the form Type.field.
func SelectableFields(schema *ast.Schema) []string {
	return selectableFields(schema, func(string) bool { return false })
}

// selectableFields is SelectableFields without the fields below those that isEnd selects.
func selectableFields(schema *ast.Schema, isEnd func(name string) bool) (names []string) {
	seen := map[string]bool{}
	var visit func(def *ast.Definition)
	visit = func(def *ast.Definition) {
		if seen[def.Name] || strings.HasPrefix(def.Name, "__") {
			return
		}
		seen[def.Name] = true
		if def.Kind == ast.Interface {
			for _, possible := range schema.GetPossibleTypes(def) {
				visit(possible)
			}
			return
		}
		for _, f := range def.Fields {
			name := def.Name + "." + f.Name
			names = append(names, name)
			if !isEnd(name) {
				visit(schema.Types[f.Type.Name()])
			}
		}
	}
	visit(schema.Query)
	return names
}

// FieldsOf returns the fields that an operation selects. Each name has the form Type.field.
func FieldsOf(t interface {
	Helper()
	Fatal(...any)
}, op string) (names []string) {
	t.Helper()
	s := exec.NewExecutableSchema(exec.Config{}).Schema()
	doc, errs := gqlparser.LoadQueryWithRules(s, op, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	var visit func(ast.SelectionSet)
	visit = func(set ast.SelectionSet) {
		for _, sel := range set {
			switch sel := sel.(type) {
			case *ast.Field:
				names = append(names, sel.ObjectDefinition.Name+"."+sel.Name)
				visit(sel.SelectionSet)
			case *ast.InlineFragment:
				visit(sel.SelectionSet)
			}
		}
	}
	visit(doc.Operations[0].SelectionSet)
	return names
}
