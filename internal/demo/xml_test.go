package demo

import (
	"encoding/xml"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Decoding restores the text, and no line starts or ends with white space.
func TestEncodeQuotedPrintable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`( |=|a|\n|é){0,200}`)).Draw(t, "s")
		encoded := encodeQuotedPrintable(s)
		for line := range strings.SplitSeq(encoded, "\n") {
			if len(line) > 76 || line != strings.TrimSpace(line) {
				t.Fatalf("encodeQuotedPrintable(%q) has the line %q, want at most 76 characters without surrounding white space", s, line)
			}
		}
		got, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(encoded)))
		if err != nil || string(got) != s {
			t.Fatalf("encodeQuotedPrintable(%q) = %q, which decodes to %q, %v", s, encoded, got, err)
		}
	})
}

// Decoding the XML restores texts and attributes.
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
