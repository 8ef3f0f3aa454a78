package main

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every kind of job in internal/jobs is registered: River discards stuck jobs of other kinds.
func TestRegistrations(t *testing.T) {
	t.Parallel()
	var registered []string
	for _, r := range new(background).registrations(new(serveCommand), nil, nil, nil) {
		registered = append(registered, r.Kind)
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
