package web_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// TestExamplesAreValid validates GraphiQL's example queries and their variables against the
// schema.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("src/graphiql/examples/*.graphql")
	if err != nil || len(names) < 4 {
		t.Fatalf("found %d examples (%v), want at least 4", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			checkExample(t, schema, name)
		})
	}
}

func checkExample(t *testing.T, schema *ast.Schema, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// The example menu shows the comment and the name of the operation.
	if !regexp.MustCompile(`^(# .+\n)*# .+[.?]\n(query|mutation) [A-Z]\w+`).Match(text) {
		t.Errorf("%s does not start with a comment and a named operation", name)
	}
	doc, errs := gqlparser.LoadQueryWithRules(schema, string(text), nil)
	if errs != nil {
		t.Fatalf("%s is not valid: %v", name, errs)
	}
	variables := readVariables(t, strings.TrimSuffix(name, "graphql")+"json")
	op := doc.Operations[0]
	if _, err := validator.VariableValues(schema, op, variables); err != nil {
		t.Errorf("the variables of %s are not valid: %v", name, err)
	}
	for v := range variables {
		if op.VariableDefinitions.ForName(v) == nil {
			t.Errorf("%s does not use its variable %q", name, v)
		}
	}
}

// readVariables returns the variables of an example, or nil when it has none.
func readVariables(t *testing.T, name string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var variables map[string]any
	if err := d.Decode(&variables); err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	return variables
}
