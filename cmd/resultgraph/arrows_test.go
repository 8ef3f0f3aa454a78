package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/momotor/resultgraph/"

// arrows returns the packages that each package may import, from the code block under
// "Import arrows" in ARCHITECTURE.md. Its lines are "package → imports", where imports may be
// written as parent/{a,b}. A package without a line imports none of ours.
func arrows(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Import arrows\n")
	_, block, _ := strings.Cut(section, "```\n")
	block, _, ok := strings.Cut(block, "```\n")
	if !ok {
		t.Fatal("ARCHITECTURE.md has no code block under “Import arrows”")
	}
	allowed := map[string][]string{}
	last := ""
	for line := range strings.Lines(block) {
		line = strings.TrimSpace(line)
		from, to, isArrow := strings.Cut(line, "→")
		switch {
		case line == "":
			continue
		case isArrow:
			last = strings.TrimSpace(from)
			if allowed[last] != nil {
				t.Errorf("ARCHITECTURE.md has two lines for %s", last)
			}
		default:
			to = line // continues the previous line
		}
		allowed[last] = append(allowed[last], expandBraces(to)...)
	}
	return allowed
}

// expandBraces splits "a, b/{c,d}" into a, b/c and b/d.
func expandBraces(list string) (names []string) {
	prefix := ""
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if before, after, ok := strings.Cut(item, "{"); ok {
			prefix, item = before, after
		}
		name, end, closed := strings.Cut(item, "}")
		if name = prefix + name + end; name != "" {
			names = append(names, name)
		}
		if closed {
			prefix = ""
		}
	}
	return names
}

// The imports of the program match the arrows of ARCHITECTURE.md, and every arrow is used.
// Files of tests may import anything.
func TestArrows(t *testing.T) {
	t.Parallel()
	root := os.DirFS("../..")
	allowed, used := arrows(t), map[string][]string{}
	files := 0
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != "." || slices.Contains([]string{"node_modules", "testdata"}, d.Name())):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		files++
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from := path.Dir(name)
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			to, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			used[from] = append(used[from], to)
			if !slices.Contains(allowed[from], to) {
				t.Errorf("%s imports %s, but ARCHITECTURE.md has no arrow from %s to it", name, to, from)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("%d files were read, want at least 50", files)
	}
	for from, imports := range allowed {
		for _, to := range imports {
			if !slices.Contains(used[from], to) {
				t.Errorf("ARCHITECTURE.md has an arrow from %s to %s that no file needs", from, to)
			}
		}
	}
}
