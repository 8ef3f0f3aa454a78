package refresh

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
	"unicode/utf8"

	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/filename"
)

// A product with files of any names is valid and has the content of each file.
func FuzzProduct(f *testing.F) {
	f.Add("a.py", "A.PY", "submission.html", "text")
	f.Add("", "..", "a/../b", "\x00")
	f.Add("\ufffe", "\uffff", "\U0001fffe", "\ud7ff")
	f.Add("a\xff<&\"]]>", "files/product.xml", "product.xml", "é")
	f.Fuzz(func(t *testing.T, a, b, c, content string) {
		var file bytes.Buffer
		w := &productWriter{zip: zip.NewWriter(&file), names: map[string]bool{}}
		for _, name := range []string{a, b, c} {
			err := w.add(name, func(to io.Writer) (int64, error) {
				n, err := io.WriteString(to, content)
				return int64(n), err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.finish(canvas.Submission{Attempt: 1}); err != nil {
			t.Fatal(err)
		}
		got, err := bundle.Open(t.Context(), bytes.NewReader(file.Bytes()), int64(file.Len()), bundle.DefaultLimits())
		if err == nil {
			err = got.Verify(t.Context())
		}
		if err != nil || len(got.Attachments()) != 3 {
			t.Fatalf("%q, %q and %q make a product with %d files: %v", a, b, c, len(got.Attachments()), err)
		}
		for _, file := range w.files {
			if !utf8.ValidString(file.Name) || len(file.Name) > filename.MaxLength+2 {
				t.Errorf("a file is called %q", file.Name)
			}
		}
	})
}
