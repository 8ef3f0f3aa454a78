package graph_test

import (
	"os"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/exec"
)

// Every type, field, argument and enum value of the schema has a description.
func TestDescriptions(t *testing.T) {
	schema := exec.NewExecutableSchema(exec.Config{}).Schema()
	check := func(where, text string) {
		if text == "" {
			t.Errorf("%s has no description", where)
		}
	}
	for name, def := range schema.Types {
		if def.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		check(name, def.Description)
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			check(name+"."+f.Name, f.Description)
			for _, arg := range f.Arguments {
				check(name+"."+f.Name+"("+arg.Name+")", arg.Description)
			}
		}
		for _, v := range def.EnumValues {
			check(name+"."+v.Name, v.Description)
		}
	}
}

// The introspection query of GraphiQL is within all limits.
func TestIntrospection(t *testing.T) {
	s := dbtest.NewSQLite(t)
	fixture := newCourseFixture(t, s, 1001, 1, "one")
	c := startServer(t, s).withKey(t, s, fixture.course.MomotorID)
	query, err := os.ReadFile("testdata/introspection.graphql")
	if err != nil {
		t.Fatal(err)
	}
	var response struct {
		Schema struct{ Types []struct{ Name string } } `json:"__schema"`
	}
	c.query(t, string(query), nil, &response)
	if len(response.Schema.Types) < 40 {
		t.Errorf("the schema has %d types, want at least 40", len(response.Schema.Types))
	}
}

// Every list outside of a connection has the directive @listSize. The guard uses the size to
// estimate the nodes of an operation.
func TestListsHaveSizes(t *testing.T) {
	t.Parallel()
	schema := exec.NewExecutableSchema(exec.Config{}).Schema()
	for _, name := range graph.SelectableFields(schema) {
		typeName, field, _ := strings.Cut(name, ".")
		def := schema.Types[typeName].Fields.ForName(field)
		if def.Type.Elem != nil && !strings.HasSuffix(typeName, "Connection") && def.Directives.ForName("listSize") == nil {
			t.Errorf("list %s needs the directive @listSize in schema.graphqls", name)
		}
	}
}
