package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write the tables of docs/settings.md")

const settingsPage = "../../docs/settings.md"

// A commandTable is the table of the flags of a command on the settings page.
type commandTable struct {
	command string // "" for the flags that all commands share
	rows    []string
}

// commandTables returns a table for each command that has flags.
func commandTables(t *testing.T) (tables []commandTable) {
	t.Helper()
	parser, err := kong.New(&commands{}, kong.Name("resultgraph"))
	if err != nil {
		t.Fatal(err)
	}
	var visit func(node *kong.Node)
	visit = func(node *kong.Node) {
		var rows []string
		for _, f := range node.Flags {
			if f.Name != "help" && f.Group == nil { // a group has the flags of another command
				rows = append(rows, flagRow(f))
			}
		}
		if rows != nil {
			tables = append(tables, commandTable{strings.TrimPrefix(node.Path(), "resultgraph"), rows})
		}
		for _, child := range node.Children {
			visit(child)
		}
	}
	visit(parser.Model.Node)
	return tables
}

func flagRow(f *kong.Flag) string {
	value := ""
	if f.Default != "" {
		value = "`" + f.Default + "`"
	}
	variable := ""
	if hasVariable(f.Value) {
		variable = "`" + variableName(f.Name) + "`"
	}
	return fmt.Sprintf("| `--%s` | %s | %s | %s |", f.Name, variable, value, f.Help)
}

// The settings page has a section for each command, with a row for each flag and no others.
// With -update the test writes the tables.
func TestSettingsPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(settingsPage)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	listed := 0
	for _, table := range commandTables(t) {
		heading := "## All commands"
		if table.command != "" {
			heading = "## `" + strings.TrimSpace(table.command) + "`"
		}
		want := "| flag | variable | default | meaning |\n|---|---|---|---|\n" + strings.Join(table.rows, "\n") + "\n"
		before, after, ok := strings.Cut(page, "\n"+heading+"\n")
		if !ok {
			t.Errorf("the settings page has no section %q", heading)
			continue
		}
		section, rest, _ := strings.Cut(after, "\n## ")
		start := strings.Index(section, "| flag |")
		if start < 0 {
			t.Errorf("section %q has no table", heading)
			continue
		}
		got := section[start:]
		if end := strings.Index(got, "\n\n"); end >= 0 {
			got = got[:end+1]
		}
		if !strings.HasSuffix(got, "\n") {
			got += "\n"
		}
		if *update {
			section = strings.Replace(section+"\n", got, want, 1)
			page = before + "\n" + heading + "\n" + strings.TrimSuffix(section, "\n")
			if rest != "" {
				page += "\n## " + rest
			}
		} else if got != want {
			t.Errorf("section %q has\n%s\nwant\n%s\n(make generate writes it)", heading, got, want)
		}
		listed += len(table.rows)
	}
	if *update {
		if err := os.WriteFile(settingsPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(page, "\n| `--"); n != listed {
		t.Errorf("the settings page has %d rows, want %d", n, listed)
	}
}

// The documents name no flag or variable that does not exist.
func TestDocumentsNameExistingFlags(t *testing.T) {
	t.Parallel()
	known := []string{"--help", "RESULTGRAPH_NAME", "RESULTGRAPH_TEST_POSTGRES"}
	for _, table := range commandTables(t) {
		for _, row := range table.rows {
			cells := strings.Split(row, "`")
			known = append(known, cells[1])
			if len(cells) > 3 {
				known = append(known, cells[3])
			}
		}
	}
	namePattern := regexp.MustCompile("`(--[a-z][a-z-]+)|(RESULTGRAPH_[A-Z_]+)|resultgraph [^`\n]*?(--[a-z][a-z-]+)")
	var files []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md", "rest/*.md", "web/*.md"} {
		matches, err := filepath.Glob("../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, matches...)
	}
	if len(files) < 8 {
		t.Errorf("only %d documents were found", len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range namePattern.FindAllStringSubmatch(string(text), -1) {
			if name := match[1] + match[2] + match[3]; !slices.Contains(known, name) {
				t.Errorf("%s names %s, which does not exist", filepath.Base(file), name)
			}
		}
	}
}
