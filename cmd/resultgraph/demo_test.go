package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// groups is an assignment of the demo with few results.
const groups = "/lti/api/account/1/course/1002/assignment/605/"

// Without an engine a demo has a stand-in, which says in each result what it is.
func TestDemoStandIn(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := spawn(t, nil, "serve", "--demo", "--listen", "127.0.0.1:0", "--data", data, "--engine-jobs", "100")
	key, err := os.ReadFile(filepath.Join(data, "demo.key"))
	if err != nil {
		t.Fatal(err)
	}
	c := &campus{key: strings.TrimSpace(string(key))}
	c.demand(t, p, http.StatusOK, "PATCH", groups, inJSON, `{"evaluate": "all"}`)
	p.until(t, "results that are all the stand-in's", func() bool {
		all := c.summaries(t, p, groups)
		return len(all) > 10 && !slices.ContainsFunc(all, func(s string) bool { return !strings.Contains(s, "stand-in, not the Momotor engine") })
	})

	// Once the store has more, nothing is made up any more.
	if out, err := call(t, "import", otherCourse(t), "--data", data); err != nil {
		t.Fatalf("import: %v\n%s", err, out)
	}
	c.demand(t, p, http.StatusOK, "PATCH", groups, inJSON, `{"evaluate": "all"}`)
	p.until(t, "results that wait for an engine", func() bool {
		all := c.summaries(t, p, groups)
		return !slices.ContainsFunc(all, func(s string) bool { return !strings.Contains(s, "not available") })
	})
	p.end(t)
}

// otherCourse is a folder to import that has a course beside the demo's.
func otherCourse(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "manifest.jsonl"), `
{"type": "account", "canvas_guid": "g", "base_url": "https://canvas.example", "name": "University"}
{"type": "course", "account": "g", "canvas_id": 1, "code": "C", "name": "Course", "active": true, "valid": true, "readonly": false}
`)
	return folder
}

// summaries are those of the results of an assignment.
func (c *campus) summaries(t *testing.T, p *process, path string) (all []string) {
	t.Helper()
	var list []struct{ Summary string }
	parse(t, c.demand(t, p, http.StatusOK, "GET", path+"result/", "", ""), &list)
	for _, r := range list {
		all = append(all, r.Summary)
	}
	return all
}

// In a store that has anything else nothing is made up, and the program says so.
func TestDemoBesideOthers(t *testing.T) {
	t.Parallel()
	other := otherCourse(t)
	for name, tt := range map[string]struct {
		first []string // before the other data comes
		says  string
	}{
		"a store of the demo": {[]string{"serve", "--demo", "--listen", "127.0.0.1:0"}, "The store holds more than demo data"},
		"another store":       {nil, "The store already holds data"},
	} {
		data := t.TempDir()
		if tt.first != nil {
			p := start(t, append(tt.first, "--data", data)...)
			p.await(t, `API key +(\S+)\n`)
			p.awaitIn(t, &p.err, "(resultgraph stand-in)")
			p.end(t)
		}
		if out, err := call(t, "import", other, "--data", data); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		p := start(t, "serve", "--demo", "--listen", "127.0.0.1:0", "--data", data)
		p.await(t, fmt.Sprintf("(%s).*\n", tt.says))
		p.awaitIn(t, &p.err, "(no engine configured, results stay queued)")
		p.end(t)
	}
}
