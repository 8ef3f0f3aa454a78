package rest

import (
	"os"
	"strings"
	"testing"
)

// A shownDifference is a request whose response shows a difference that no recording shows.
type shownDifference struct {
	name, method, path string // name is that of a row in the README's table
	media, body        string
	status             int
	want               string // a part of the response, with its headers
}

var shownDifferences = []shownDifference{
	{"Ids with a dot", "GET", "account/1/course/1001/assignment/501/result/9001/step/unit.test/", "", "", 200, `"id":"unit.test"`},
	{"Ids with a dot", "GET", "account/1.0/course/", "", "", 404, "Allow: GET, HEAD, OPTIONS\r\n"},
	{"Parent ids", "GET", "account/x/course/", "", "", 404, `{"detail":"Not found."}`},
	{"Parent ids", "GET", "account/1/course/x/assignment/501/", "", "", 404, `{"detail":"Not found."}`},
	{"Parent ids", "GET", "account/99/course/", "", "", 200, "[]"},
	{"Sections of results", "GET", "account/1/course/1001/assignment/501/result/9001/attempt/1/", "", "", 200, `"sections":[11],`},
	{"Imported outcomes", "GET", "account/1/course/1001/assignment/501/result/9001/attempt/1/", "", "", 200, `"has_error":false,`},
	{"Imported outcomes", "GET", "account/1/course/1001/assignment/501/result/9002/", "", "", 200, `"label":"Processing",`},
	{"Charset of bodies", "PATCH", "account/1/course/1001/assignment/501/", "application/json; charset=latin-1", `{"x":"é"}`, 200, ""},
	{"Charset of bodies", "PATCH", "account/1/course/1001/assignment/501/", "application/json; charset=latin-1", "{\"x\":\"\xe9\"}", 400, `{"detail":"JSON parse error - it is not UTF-8"}`},
	{"Charset of bodies", "PATCH", "account/1/course/1001/assignment/501/", formType + "; charset=latin-1", "x=\xe9", 400, `{"detail":"Form parse error - the form is not UTF-8"}`},
	{"Unknown sections", "POST", "account/1/course/1001/assignment/501/upload/", formType, "sectionId=99", 400, `{"sectionId":["The course has no such section."]}`},
	{"Multipart errors", "PATCH", "account/1/course/1001/assignment/501/", "multipart/form-data", "x", 400, `{"detail":"Multipart form parse error - the form is malformed or incomplete"}`},
}

// The program differs from the original API as the README's table says, also where no recording shows
// it.
func TestShownDifferences(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	address := serveRecordedData(t, openStore(t), "testdata/wire").address()
	for _, d := range shownDifferences {
		if !(&difference{name: d.name}).inReadme(string(readme)) {
			t.Errorf("the README's table of deliberate differences lacks %q", d.name)
		}
		rec := recording{}
		rec.Request.Method, rec.Request.Path, rec.Request.Body = d.method, basePath+"/"+d.path, d.body
		rec.Request.Headers = map[string]string{"Host": "lti.example.edu", "Authorization": "Api-Key " + sampleKey}
		if d.media != "" {
			rec.Request.Headers["Content-Type"] = d.media
		}
		got := sendRaw(t, address, d.method, rec.requestBytes(strings.NewReplacer()))
		var all strings.Builder
		if err := got.header.Write(&all); err != nil {
			t.Fatal(err)
		}
		all.WriteString(got.text)
		if got.status != d.status || !strings.Contains(all.String(), d.want) {
			t.Errorf("%s: %s %s %q = %d %s, want %d with %s", d.name, d.method, d.path, d.body, got.status, &all, d.status, d.want)
		}
	}
}

// After many wrong keys, further ones are rejected without a check. Keys with other prefixes are not
// affected.
func TestThrottledKeys(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	address := serveRecordedData(t, s, "testdata/wire").address()
	other := createKeyForAllCourses(t, s)
	request := func(key string) *wireResponse {
		return sendRaw(t, address, "GET", rawRequest("GET", "/lti/api/account/", key))
	}
	got := request("12345678.wrong")
	for tries := 1; got.status == 403 && tries < 100; tries++ {
		got = request("12345678.wrong")
	}
	if got.status != 429 || got.header.Get("Retry-After") == "" || !strings.HasPrefix(got.text, `{"detail":"Request was throttled. Expected available in `) {
		t.Errorf("many wrong keys = %d, Retry-After %q, %s, want 429", got.status, got.header.Get("Retry-After"), got.text)
	}
	if got := request(other); got.status != 200 {
		t.Errorf("another key = %d %s, want 200", got.status, got.text)
	}
}
