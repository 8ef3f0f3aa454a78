package refresh

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/canvas"
)

func TestSafeName(t *testing.T) {
	for given, want := range map[string]string{
		"a.py":                          "a.py",
		"opgave één.py":                 "opgave één.py",
		"../../etc/passwd":              "passwd",
		`C:\temp\a.c`:                   "a.c",
		"a\x00\n.py":                    "a.py",
		"exe\u202efdp.scr":              "exefdp.scr",
		"what?.txt":                     "what_.txt",
		".. ":                           "file",
		"":                              "file",
		"folder/":                       "file",
		strings.Repeat("é", 200) + ".c": strings.Repeat("é", 99) + ".c",
	} {
		if got := safeName(given); got != want {
			t.Errorf("safeName(%q) = %q, want %q", given, got, want)
		}
	}
}

// Whatever the names of what was handed in, the product is one that is well, with each file
// in it as it was.
func FuzzPack(f *testing.F) {
	f.Add("a.py", "A.PY", "submission.html", "text")
	f.Add("", "..", "a/../b", "\x00")
	f.Add("\ufffe", "\uffff", "\U0001fffe", "\ud7ff")
	f.Add("a\xff<&\"]]>", "files/product.xml", "product.xml", "é")
	f.Fuzz(func(t *testing.T, a, b, c, content string) {
		var file bytes.Buffer
		p := &packing{zip: zip.NewWriter(&file), names: map[string]bool{}}
		for _, name := range []string{a, b, c} {
			err := p.add(name, func(w io.Writer) (int64, error) {
				n, err := io.WriteString(w, content)
				return int64(n), err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := p.finish(canvas.Submission{Attempt: 1}); err != nil {
			t.Fatal(err)
		}
		got, err := bundle.Open(bytes.NewReader(file.Bytes()), int64(file.Len()), bundle.DefaultLimits())
		if err == nil {
			err = got.Verify(t.Context())
		}
		if err != nil || len(got.Attachments()) != 3 {
			t.Fatalf("%q, %q and %q make a product with %d files: %v", a, b, c, len(got.Attachments()), err)
		}
		for _, name := range p.files {
			if !utf8.ValidString(name.Name) || len(name.Name) > longestName+2 {
				t.Errorf("a file is called %q", name.Name)
			}
		}
	})
}
