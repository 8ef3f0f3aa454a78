package canvas

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		json string
		want ID
		ok   bool
	}{
		{`7`, 7, true},
		{`"7"`, 7, true},
		{`null`, 0, true},
		{`-12`, -12, true},
		{`9007199254740993`, 9007199254740993, true}, // 2^53 + 1
		{`"10000000000042"`, 10000000000042, true},
		{`"2~5"`, 20000000000005, true},
		{`"922336~9999999999999"`, 9223369999999999999, true},
		{`"922337~1"`, 0, false},
		{`"1~10000000000000"`, 0, false},
		{`"1~-5"`, 0, false},
		{`"~5"`, 0, false},
		{`"5~"`, 0, false},
		{`9223372036854775808`, 0, false},
		{`7.0`, 0, false},
		{`"sis_user_id:7"`, 0, false},
		{`""`, 0, false},
		{`{}`, 0, false},
	} {
		var got ID
		err := json.Unmarshal([]byte(c.json), &got)
		if got != c.want || err == nil != c.ok {
			t.Errorf("ID from %s = %d, %v, want %d, ok = %v", c.json, got, err, c.want, c.ok)
		}
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		headers []string
		want    string
	}{
		{"the format of Canvas", []string{`<https://c/a?page=1>; rel="current",<https://c/a?page=2>; rel="next",<https://c/a?page=1>; rel="first"`}, "https://c/a?page=2"},
		{"commas and semicolons in URLs", []string{`<https://c/a?b=1,2;3>; rel="prev", <https://c/a?b=1,2;4>; rel="next"`}, "https://c/a?b=1,2;4"},
		{"two headers", []string{`<https://c/1>; rel="first"`, `<https://c/2>; rel="next"`}, "https://c/2"},
		{"unquoted, in upper case, after another parameter", []string{`<https://c/2>;title="a, b";REL=NEXT`}, "https://c/2"},
		{"two relations", []string{`<https://c/2>; rel="last next"`}, "https://c/2"},
		{"the last page", []string{`<https://c/1>; rel="prev"`}, ""},
		{"similar relations", []string{`<https://c/1>; rel="nextish"; foo="next"`}, ""},
		{"truncated", []string{`<https://c/1`}, ""},
		{"none", nil, ""},
	} {
		if got := linkTarget(http.Header{"Link": c.headers}, "next"); got != c.want {
			t.Errorf("%s: linkTarget(%q) = %q, want %q", c.name, c.headers, got, c.want)
		}
	}
}

// FuzzLink asserts that a URL that is found in a Link header is in brackets there, and is also
// found among other links.
func FuzzLink(f *testing.F) {
	f.Add(`<https://c/a?page=1>; rel="current",<https://c/a?page=2>; rel="next"`)
	f.Add(`<a>;rel="last next", "<b>`)
	f.Fuzz(func(t *testing.T, header string) {
		got := linkTarget(http.Header{"Link": {header}}, "next")
		if got != "" && !strings.Contains(header, "<"+got+">") {
			t.Errorf("linkTarget(%q) = %q", header, got)
		}
		if again := linkTarget(http.Header{"Link": {`<x>; rel="prev"`, header}}, "next"); again != got {
			t.Errorf("linkTarget(%q) = %q after another link, want %q", header, again, got)
		}
	})
}

// FuzzID asserts that a parsed id is equal after formatting and parsing it again.
func FuzzID(f *testing.F) {
	f.Add("10000000000042")
	f.Add("922336~9999999999999")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseID(text)
		if again, failed := ParseID(id.String()); err == nil && (failed != nil || again != id) {
			t.Errorf("ParseID(%q) = %d, then %d, %v", text, id, again, failed)
		}
	})
}

func TestMissing(t *testing.T) {
	t.Parallel()
	p := Progress{Message: `Couldn't find User(s) with API ids '3', '2~4', 'sis_user_id:x'`}
	if got := p.Missing(); len(got) != 2 || got[0] != 3 || got[1] != 20000000000004 {
		t.Errorf("Missing() = %v, want 3 and 20000000000004", got)
	}
}
