package demo

import (
	"encoding/xml"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestQuopri: what is encoded decodes to the same, in lines that keep their
// blanks wherever they go.
func TestQuopri(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`( |=|a|\n|é){0,200}`)).Draw(t, "s")
		encoded := inQuopri(s)
		for line := range strings.SplitSeq(encoded, "\n") {
			if len(line) > 76 || line != strings.TrimSpace(line) {
				t.Fatalf("inQuopri(%q) has the line %q, want at most 76 characters without blanks around", s, line)
			}
		}
		got, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(encoded)))
		if err != nil || string(got) != s {
			t.Fatalf("inQuopri(%q) = %q, which decodes to %q, %v", s, encoded, got, err)
		}
	})
}

// TestDocument: whatever text and attribute hold comes back from the XML.
func TestDocument(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"a", "<b>&amp;</b>", `"it's"`, "two\nlines\n", "é 語 🎈", "tab\there"} {
		d := newDocument("product", "x")
		d.start("files")
		d.text("file", s, "name", s, "absent", "")
		var got struct {
			File struct {
				Name   string  `xml:"name,attr"`
				Absent *string `xml:"absent,attr"`
				Text   string  `xml:",chardata"`
			} `xml:"files>file"`
		}
		if err := xml.Unmarshal(d.bytes(), &got); err != nil || got.File.Name != s || got.File.Text != s || got.File.Absent != nil {
			t.Errorf("document of %q = %+v, %v", s, got.File, err)
		}
	}
}
