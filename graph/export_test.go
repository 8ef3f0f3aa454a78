package graph

import (
	"maps"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/graph/exec"
)

// Related returns the fields that lead to rows.
func Related() []string { return slices.Sorted(maps.Keys(related)) }

// FieldsOf returns the fields that an operation asks for, as Type.field.
func FieldsOf(t testing.TB, op string) (names []string) {
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
