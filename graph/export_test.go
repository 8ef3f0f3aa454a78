package graph

import (
	"maps"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/graph/exec"
)

// Relations returns the fields that lead to rows, as Type.field.
func Relations() []string { return slices.Sorted(maps.Keys(relations)) }

// FieldsOf returns the fields that an operation selects, as Type.field.
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
