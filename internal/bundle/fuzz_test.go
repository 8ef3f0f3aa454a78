package bundle

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzOpen checks that no file makes Open panic or exceed its limits, that
// every error is an Error with a message, and that valid bundles can be listed,
// opened, verified, checked and assessed.
func FuzzOpen(f *testing.F) {
	addSeeds(f)
	lim := Limits{XMLBytes: 1 << 20, MemberBytes: 1 << 20, RatioExemptBytes: 1 << 16, Members: 100, Elements: 10_000}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Open(context.Background(), bytes.NewReader(data), int64(len(data)), lim)
		if err != nil {
			wantError(t, "Open", err, "")
			return
		}
		for _, m := range b.Members() {
			readMember(t, b.Archive, m, lim)
		}
		if err := b.Verify(t.Context()); err != nil && err.Error() == "" {
			t.Fatalf("Verify = %#v, want a message", err)
		}
		if b.Kind() == KindRecipe {
			if warnings, err := b.CheckRecipe(); err != nil && !isBundleError(err) || len(warnings) > maxWarnings+1 {
				t.Fatalf("CheckRecipe = %d warnings, %#v", len(warnings), err)
			}
		}
		if r := b.Results(); r != nil {
			checkAssessment(t, r)
		}
	})
}

// addSeeds adds every fixture and a few invalid files.
func addSeeds(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		f.Fatalf("no fixtures: %v", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("<results>\n<result step='a'>\n</results>"))
	f.Add(makeZip(f, "hw1/recipe.xml", "<recipe/>"))
	f.Add(repeatLastEntry(f, makeZip(f, "result.xml", "<results/>", "a", "a"), 3))
}

// readMember reads one member and checks its size against the declared size.
func readMember(t *testing.T, a *Archive, m Member, lim Limits) {
	t.Helper()
	if strings.HasPrefix(m.Name, "/") || strings.Contains("/"+m.Name+"/", "/../") {
		t.Fatalf("Members has %q, which leaves the bundle", m.Name)
	}
	r, _, err := a.Open(m.Name)
	if err != nil {
		if errors.Is(err, ErrNoMember) {
			t.Fatalf("Open(%q) = %v, want the member that is listed", m.Name, err)
		}
		return
	}
	n, err := io.Copy(io.Discard, r)
	if n > m.Size || a.Format() == FormatZip && n > lim.MemberBytes || err == nil && n != m.Size {
		t.Fatalf("Open(%q) has %d bytes, %v, want the %d declared", m.Name, n, err, m.Size)
	}
}
