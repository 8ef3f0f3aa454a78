package main

import (
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/jobs"
)

// Every kind of job in internal/jobs is registered: River discards stuck jobs of other kinds. The
// queue of each kind has workers.
func TestRegistrations(t *testing.T) {
	t.Parallel()
	store := dbtest.NewSQLite(t)
	var registered []string
	for _, r := range (&background{engine: &engine.StandIn{}}).registrations(new(serveCommand), nil, nil, nil) {
		registered = append(registered, r.Kind)
		_, err := jobs.NewRunner(t.Context(), store, jobs.Config{Registrations: []jobs.Registration{r}}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Errorf("the job kind %q has no valid queue: %v", r.Kind, err)
		}
	}
	declared := regexp.MustCompile(`\) Kind\(\) string\s*{\s*return "(\w+)"`)
	root := os.DirFS("../../internal/jobs")
	var kinds []string
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		for _, match := range declared.FindAllStringSubmatch(string(text), -1) {
			kinds = append(kinds, match[1])
			if !slices.Contains(registered, match[1]) {
				t.Errorf("%s declares the job kind %q, which background.registrations lacks", name, match[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(kinds) != len(registered) {
		t.Errorf("internal/jobs declares the kinds %q, and registered are %q", kinds, registered)
	}
}
