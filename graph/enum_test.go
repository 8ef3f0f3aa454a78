package graph_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
)

// Both paths write enum values in upper case, and in lower case if the operation has the directive
// @lowerCaseEnums.
func TestEnumCase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one, two := newCourseFixture(t, s, 1001, 7, "one"), newCourseFixture(t, s, 1002, 4, "two")
		addVariedResults(t, s, one)
		addUploads(t, s, one)
		addJobs(t, s, one)
		servers := newServers(t, s)
		reviewer := callers(t, s, one, two)["reviewer"]
		generator := newOperationGenerator(t, servers, reviewer, nil)
		found := 0
		ops := append(generator.operationPerField(), "{ viewer { kind } }")
		for _, op := range ops {
			for path, server := range map[string]*graph.Server{"fast": servers.fast, "resolvers": servers.slow} {
				upper, _ := execute(t, server, reviewer, op)
				lower, _ := execute(t, server, reviewer, "query @lowerCaseEnums "+op)
				want := upper
				for _, value := range enumValues(generator.schema) {
					quoted := []byte(`"` + value + `"`)
					if bytes.Contains(upper, quoted) {
						found++
					}
					want = bytes.ReplaceAll(want, quoted, bytes.ToLower(quoted))
				}
				if !bytes.Equal(lower, want) {
					t.Errorf("%s with @lowerCaseEnums on path %s = %s, want %s", op, path, lower, want)
				}
			}
		}
		if found < 20 {
			t.Errorf("%d enum values were found in the answers, want at least 20", found)
		}
	})
}

// enumValues returns the values of all enums of the schema, except the enums of introspection.
func enumValues(s *ast.Schema) (values []string) {
	for _, def := range s.Types {
		if def.Kind == ast.Enum && !strings.HasPrefix(def.Name, "__") {
			for _, v := range def.EnumValues {
				values = append(values, v.Name)
			}
		}
	}
	return values
}
