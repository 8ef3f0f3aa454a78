package graph_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql/errcode"

	"github.com/momotor/resultgraph/graph"
)

// docs/errors.md lists the error codes of package fault, the codes of gqlgen for documents that it cannot
// parse or validate, and that of Apollo's protocol.
func TestErrorCodesAreDocumented(t *testing.T) {
	codes := func(name, pattern string) (found []string) {
		t.Helper()
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
			found = append(found, m[1])
		}
		return found
	}
	want := append(codes("../internal/fault/fault.go", `&Kind\{"([A-Z_]+)"`), errcode.ParseFailed, errcode.ValidationFailed, graph.PersistedQueryCode)
	got := codes("../docs/errors.md", "(?m)^\\| `([A-Z_]+)` \\|")
	slices.Sort(want)
	slices.Sort(got)
	if want = slices.Compact(want); !slices.Equal(got, want) || len(want) < 10 {
		t.Errorf("docs/errors.md lists %q, want %q", got, want)
	}
}
