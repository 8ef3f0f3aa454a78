package fastpath

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// The plan of a large document evicts no others.
func TestLargeDocumentsAreNotCached(t *testing.T) {
	t.Parallel()
	s := New(nil, Config{})
	add := func(text string) {
		t.Helper()
		doc := &ast.OperationDefinition{Operation: ast.Query, SelectionSet: ast.SelectionSet{&ast.Field{Name: "__typename", Alias: "a"}}}
		for range 2 { // the cache takes a plan at its second use
			if _, err := s.plan(&graphql.OperationContext{RawQuery: text, Operation: doc}, formatJSON); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		add("{ " + name + ": __typename }")
	}
	for _, padding := range []int{MaxCachedDocumentBytes, 400 << 10, 1 << 20} {
		add("{ __typename }" + strings.Repeat(" ", padding))
	}
	if s.plans.Len() != 3 {
		t.Errorf("the cache has %d plans, want those of the three small documents", s.plans.Len())
	}
}
