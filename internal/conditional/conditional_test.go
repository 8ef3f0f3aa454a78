package conditional

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// Lists of tags are parsed as RFC 9110 section 8.8.3 and 13.1.2 say. Opaque texts may contain commas.
func TestParseTags(t *testing.T) {
	t.Parallel()
	for header, want := range map[string][]string{
		"":                         nil,
		"*":                        nil,
		`"a"`:                      {"a"},
		`W/"a"`:                    {"a"},
		`"a", W/"b,c" ,"d"`:        {"a", "b,c", "d"},
		`, "a",, "b",`:             {"a", "b"},
		`""`:                       {""},
		`a, "b"`:                   nil,
		`"a" "b"`:                  {"a", "b"},
		`"a", "b`:                  {"a"},
		`w/"a"`:                    nil,
		strings.Repeat(`"a",`, 20): slices.Repeat([]string{"a"}, maxTags),
		`"` + strings.Repeat("a", maxHeader) + `"`: nil,
	} {
		if got := parseTags(header); !slices.Equal(got, want) {
			t.Errorf("parseTags(%.40q) = %q, want %q", header, got, want)
		}
	}
}

// Only reads have conditions, and headers in several lines are one list.
func TestNew(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]bool{"GET": true, "HEAD": true, "POST": false, "PATCH": false} {
		r := httptest.NewRequest(method, "/", http.NoBody)
		r.Header["If-None-Match"] = []string{`"a"`, `"b"`}
		c := New(r, "json")
		if (c != nil) != want || c != nil && !slices.Equal(c.Tags, []string{"a", "b"}) {
			t.Errorf("the condition of %s is %+v", method, c)
		}
	}
}

// A response with a tag extends Vary, and a response without a tag keeps its headers.
func TestSetHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ tag, vary, wantVary, wantCache string }{
		{"", "Accept", "Accept", "no-store"},
		{"t", "Accept", "Accept, Authorization, Cookie", "private, no-cache"},
		{"t", "Accept, Cookie", "Accept, Cookie, Authorization", "private, no-cache"},
		{"t", "", "Authorization, Cookie", "private, no-cache"},
	} {
		h := http.Header{"Cache-Control": {"no-store"}}
		if tt.vary != "" {
			h.Set("Vary", tt.vary)
		}
		(&Request{Tag: tt.tag}).SetHeader(h)
		if h.Get("Vary") != tt.wantVary || h.Get("Cache-Control") != tt.wantCache || (h.Get("ETag") != "") != (tt.tag != "") {
			t.Errorf("with the tag %q and Vary %q: %v", tt.tag, tt.vary, h)
		}
	}
}
