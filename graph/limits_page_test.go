package graph

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/form"
	"github.com/momotor/resultgraph/internal/jsondepth"
)

// The section Limits of docs/clients.md has each limit with its value, and no other limit of operations.
func TestLimitsAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Limits\n")
	section, _, _ = strings.Cut(section, "\n## ")
	lim, files := Limits{}.orDefaults(), bundle.DefaultLimits()
	operation := map[string]int64{
		"bodyBytes": lim.BodyBytes, "uploadBytes": lim.UploadBytes, "tokens": int64(lim.Tokens), "definitions": int64(lim.Definitions),
		"directives": int64(lim.Directives), "repeats": int64(lim.Repeats), "depth": int64(lim.Depth), "fields": int64(lim.Fields), "aliases": int64(lim.Aliases),
		"nodes": lim.Nodes, "values": lim.Values, "rows": lim.Rows, "page": int64(lim.MaxPage), "replyBytes": int64(lim.ReplyBytes),
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| \\d").FindAllStringSubmatch(section, -1) {
		if _, ok := operation[row[1]]; !ok {
			t.Errorf("the section Limits has the unknown limit %q", row[1])
		}
	}
	limits := map[string]int64{
		"`nodes(ids:)`": maxNodes, "`groups(by:)`": maxGroupKeys, "`percentiles(ps:)`": db.MaxPercentiles, "`histogram(bins:)`": db.MaxBins,
		"`coFailures(first:)`": db.MaxCoFailures, "periods of `activity`": db.MaxPeriods, "`filter.steps`": maxStepFilters,
		"`filter.search`, `filter.userSearch`": maxSearchBytes, "`evaluate.results`, `evaluate.references`": maxResults, "JSON of `setPreferences`": db.MaxPreferencesBytes,
		"parts of a form": form.MaxParts, "XML elements of an uploaded recipe or config": maxUploadElements,
		"unpacked XML of a bundle": files.XMLBytes, "members of a zip archive": int64(files.Members), "nested levels of JSON": jsondepth.Max,
	}
	for name, maximum := range operation {
		limits["`"+name+"`"] = maximum
	}
	for name, maximum := range limits {
		if row := fmt.Sprintf("\n| %s | %s", name, withCommas(maximum)); !strings.Contains(section, row+" ") && !strings.Contains(section, row+",") {
			t.Errorf("the section Limits has no row %q", row)
		}
	}
	pages := fmt.Sprintf("; %d by default (`--default-page-size`), and %d inside another connection (`--default-nested-page-size`)", lim.PageSize, lim.NestedPageSize)
	for _, text := range []string{pages, withCommas(files.MemberBytes) + " bytes", lim.Timeout.String()[:2] + " s", "up to " + maxCallerWait.String()[:1] + " s"} {
		if !strings.Contains(section, text) {
			t.Errorf("the section Limits does not say %q", text)
		}
	}
}

// The description of “first” of every connection has the default lengths of pages.
func TestConnectionsDescribeTheirPages(t *testing.T) {
	t.Parallel()
	lim, connections := Limits{}.orDefaults(), 0
	want := fmt.Sprintf("by default %d, and %d inside another connection.", lim.PageSize, lim.NestedPageSize)
	schema := exec.NewExecutableSchema(exec.Config{}).Schema()
	for _, name := range SelectableFields(schema) {
		typeName, field, _ := strings.Cut(name, ".")
		def := schema.Types[typeName].Fields.ForName(field)
		if !strings.HasSuffix(def.Type.Name(), "Connection") {
			continue
		}
		connections++
		if text := def.Arguments.ForName("first").Description; !strings.HasSuffix(text, want) {
			t.Errorf("“first” of %s is described as %q, want %q at the end", name, text, want)
		}
	}
	if connections < 10 {
		t.Errorf("the schema has %d fields with connections, want at least 10", connections)
	}
}

// withCommas returns a number with commas between thousands.
func withCommas(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
