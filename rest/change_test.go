package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/blob"
)

const (
	jsonType      = "application/json"
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data; boundary=b"
	recipeXML     = `<recipe xmlns="http://momotor.org/1.0" id="r"><steps><step id="run"/></steps></recipe>`
	configXML     = `<config xmlns="http://momotor.org/1.0" id="c"/>`
)

// filePart returns a part of a form with a file.
func filePart(field, name, content string) string {
	return fmt.Sprintf("--b\r\nContent-Disposition: form-data; name=%q; filename=\"%s\"\r\n\r\n%s\r\n", field, name, content)
}

// part returns a part of a form with a value.
func part(field, value string) string {
	return fmt.Sprintf("--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", field, value)
}

const formEnd = "--b--\r\n"

// sendBody sends a body to the assignment or to a path below it.
func (c *testServer) sendBody(t testing.TB, method, path, media string, body io.Reader, headers ...string) response {
	t.Helper()
	url := fmt.Sprintf("%s/lti/api/account/%d/course/1001/assignment/501/%s", c.server.URL, c.account.MomotorID, path)
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Api-Key "+c.key)
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return response{res.StatusCode, res.Header, string(text), err}
}

// All types of bodies have the same rules, and an error lists all invalid fields.
func TestBodies(t *testing.T) {
	t.Parallel()
	c := newTestServer(t, openStore(t))
	if err := c.store.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: c.account.MomotorID, Token: []byte("sealed")}); err != nil {
		t.Fatal(err)
	}
	const (
		noBoolean = `["Must be a valid boolean."]`
		noFile    = `{"recipefile":["The submitted data was not a file. Check the encoding type on the form."]}`
		required  = `{"replaceExisting":["This field is required."],"uploadFailed":["This field is required."],"uploadPassed":["This field is required."]}`
		noRecipe  = `{"evaluate":["The assignment has no recipe yet."]}`
		invalid   = `{"evaluate":["Invalid value for 'evaluate'."]}`
	)
	for _, tt := range []struct {
		method, path, media, body string
		status                    int
		want                      string // the whole body, "" for any
	}{
		{"PATCH", "", jsonType, `{"paused":1.0,"published":"y"}`, 200, `{"active":false,"canvas_id":501,"configfile":null,"name":"Sorting","paused":true,"published":true,"recipefile":null}`},
		{"PUT", "", jsonType, `{"published":0}`, 200, `{"active":false,"canvas_id":501,"configfile":null,"name":"Sorting","paused":true,"published":false,"recipefile":null}`},
		{"PUT", "", formType, "paused=f&paused=t", 200, ""},
		{"PUT", "", multipartType, part("published", "true") + formEnd, 200, `{"active":false,"canvas_id":501,"configfile":null,"name":"Sorting","paused":true,"published":true,"recipefile":null}`},
		{"PATCH", "", "", "", 200, ""},
		{"PATCH", "", "Application/JSON; charset=utf-8", "{}", 200, ""},
		{"PATCH", "", jsonType, `{"paused":2,"published":"maybe","evaluate":true}`, 400, `{"evaluate":["Not a valid string."],"paused":` + noBoolean + `,"published":` + noBoolean + `}`},
		{"PATCH", "", multipartType, filePart("paused", "x", "true") + formEnd, 400, `{"paused":` + noBoolean + `}`},
		{"PATCH", "", formType, "recipefile=abc", 400, noFile},
		{"PATCH", "", multipartType, part("recipefile", "abc") + formEnd, 400, noFile},
		{"PATCH", "", multipartType, filePart("recipefile", "r.xml", "") + formEnd, 400, `{"recipefile":["The submitted file is empty."]}`},
		{"PATCH", "", jsonType, `{"evaluate":""}`, 400, `{"evaluate":["This field may not be blank."]}`},
		{"PATCH", "", formType, "evaluate=", 200, ""},
		{"PATCH", "", jsonType, `{"evaluate":"pp"}`, 400, noRecipe},
		{"PATCH", "", jsonType, `{"evaluate":[1,"2"]}`, 400, invalid},
		{"PATCH", "", jsonType, `{"evaluate":"[1,"}`, 400, invalid},
		{"PATCH", "", jsonType, `{"evaluate":12}`, 400, invalid},
		{"PATCH", "", jsonType, "{\"evaluate\":\"\xff\"}", 400, `{"detail":"JSON parse error - it is not UTF-8"}`},
		{"PATCH", "", jsonType, strings.Repeat("[", 101), 400, `{"detail":"JSON parse error - it nests deeper than 100 levels"}`},
		{"PATCH", "", jsonType, "[]", 400, `{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`},
		{"PATCH", "", jsonType, "1.5", 400, `{"non_field_errors":["Invalid data. Expected a dictionary, but got float."]}`},
		{"PATCH", "", jsonType, `{"x":"` + strings.Repeat("x", maxBodyBytes) + `"}`, 413, ""},
		{"PATCH", "", formType, strings.Repeat("x", maxBodyBytes+1), 413, ""},
		{"PATCH", "", formType, "paused=maybe&paused=t&paused=", 200, ""},
		{"PATCH", "", formType, formWithManyNames(100_000), 200, ""},
		{"PATCH", "", multipartType, strings.Repeat(part("x", ""), 101) + formEnd, 413, `{"detail":"The form is too large: the maximum is 100 parts, and 1048576 bytes without files."}`},
		{"PATCH", "", "text/plain", "{}", 415, `{"detail":"Unsupported media type \"text/plain\" in request."}`},
		{"PATCH", "", "multipart/form-data", part("paused", "t") + formEnd, 400, ""},
		{"POST", "upload/", jsonType, "{}", 400, required},
		{"POST", "upload/", formType, "uploadPassed=on", 204, ""},
		{"POST", "upload/", jsonType, `{"uploadPassed":true,"uploadFailed":true,"replaceExisting":true,"sectionId":true}`, 400, `{"sectionId":["A valid integer is required."]}`},
		{"POST", "upload/", jsonType, `{"uploadPassed":true,"uploadFailed":true,"replaceExisting":true,"sectionId":99}`, 400, `{"sectionId":["The course has no such section."]}`},
		{"POST", "refresh/", jsonType, "{", 204, ""},
		{"POST", "refresh/", "", "", 429, ""},
	} {
		got := c.sendBody(t, tt.method, tt.path, tt.media, strings.NewReader(tt.body))
		if got.status != tt.status || tt.want != "" && got.body != tt.want {
			t.Errorf("%s %s %.100q = %d %s, want %d %s", tt.method, tt.path, tt.body, got.status, got.body, tt.status, tt.want)
		}
		if tt.status == 204 && (got.body != "" || got.header.Get("Content-Type") != "") {
			t.Errorf("%s %s = 204 %q, Content-Type %q, want no body and no Content-Type", tt.method, tt.path, got.body, got.header.Get("Content-Type"))
		}
	}
}

// formWithManyNames returns a form with n names. A parser that searches for each name needs quadratic
// time.
func formWithManyNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%x&", i)
	}
	return b.String()
}

// A new recipe is validated and stored, and queues the paused submissions.
func TestUploadRecipe(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newTestServer(t, s)
		paused := c.result(c.createStudents(t, "Ann")[0], 1)
		paused.Result.State = db.StatePaused
		c.insertResults(t, paused)
		body := filePart("recipefile", "../../etc/new recipe é.xml", recipeXML) + filePart("configfile", "c.xml", configXML) + part("published", "on") + formEnd
		got := c.sendBody(t, "PATCH", "", multipartType, strings.NewReader(body))
		if got.status != 200 || !strings.Contains(got.body, `"name":"new_recipe_é.xml"`) || !strings.Contains(got.body, `"name":"c.xml"`) {
			t.Errorf("PATCH with a recipe = %d %s, want 200 and the names of both files", got.status, got.body)
		}
		if got := c.send(t, "GET", "9001/"); !strings.Contains(got.body, `"state":"queued"`) {
			t.Errorf("the paused result = %s, want the state queued", got.body)
		}
		for _, tt := range []struct{ field, content, want string }{
			{"recipefile", "<recipe", `{"recipefile":["line 1: the XML ends too early"]}`},
			{"recipefile", configXML, `{"recipefile":["The submitted file is a config bundle; submit a recipe bundle."]}`},
			{"configfile", "PK\x05\x06" + strings.Repeat("\x00", 18), `{"configfile":["`},
		} {
			got := c.sendBody(t, "PUT", "", multipartType, strings.NewReader(filePart(tt.field, "f", tt.content)+formEnd))
			if got.status != 400 || !strings.HasPrefix(got.body, tt.want) {
				t.Errorf("PUT of %q = %d %s, want 400 %s", tt.content, got.status, got.body, tt.want)
			}
		}
		ids := fmt.Sprintf(`{"evaluate":"[%d]"}`, paused.Result.MomotorID)
		if got := c.sendBody(t, "PATCH", "", jsonType, strings.NewReader(ids)); got.status != 200 {
			t.Errorf("PATCH %s = %d %s, want 200", ids, got.status, got.body)
		}
	})
}

// A recipe without namespace or steps, or with two steps of one id, is rejected and makes no revision. A
// recipe whose steps depend on unknown steps is accepted with warnings, which no other response has.
func TestRecipeRules(t *testing.T) {
	t.Parallel()
	c := newTestServer(t, openStore(t))
	for content, want := range map[string]string{
		"<recipe/>": `{"recipefile":["recipe.xml line 1: the root element <recipe> has no namespace; add xmlns=\"http://momotor.org/1.0\""]}`,
		`<recipe xmlns="http://momotor.org/1.0"/>`:                                                    `{"recipefile":["recipe.xml line 1: the recipe has no steps"]}`,
		`<recipe xmlns="http://momotor.org/1.0"><steps><step id="a"/><step id="a"/></steps></recipe>`: `{"recipefile":["recipe.xml line 1: the step on line 1 has the step id a already"]}`,
	} {
		got := c.sendBody(t, "PATCH", "", multipartType, strings.NewReader(filePart("recipefile", "r.xml", content)+formEnd))
		if got.status != 400 || got.body != want {
			t.Errorf("PATCH of %s = %d %s, want 400 %s", content, got.status, got.body, want)
		}
	}
	const unchanged = `{"active":false,"canvas_id":501,"configfile":null,"name":"Sorting","paused":false,"published":false,"recipefile":null}`
	if got := c.sendBody(t, "GET", "", "", nil); got.body != unchanged {
		t.Errorf("the assignment after rejected recipes = %s, want %s", got.body, unchanged)
	}
	recipe := strings.Replace(recipeXML, `<step id="run"/>`, `<step id="run"><dependencies><depends step="compile"/></dependencies></step>`, 1)
	got := c.sendBody(t, "PUT", "", multipartType, strings.NewReader(filePart("recipefile", "r.xml", recipe)+formEnd))
	const warnings = `,"warnings":["recipe.xml line 1: the step run depends on compile, but the recipe has no such step"]}`
	if got.status != 200 || !strings.HasPrefix(got.body, `{"active":false,`) || !strings.HasSuffix(got.body, `r.xml"}`+warnings) || got.header.Get("ETag") == "" {
		t.Errorf("PUT of a recipe with an unknown dependency = %d %s, ETag %s, want 200 with %s", got.status, got.body, got.header.Get("ETag"), warnings)
	}
	documented, err := newOpenAPIValidator(t).check("PUT", "/lti/api/account/1/course/1001/assignment/501/", newWireResponse(got.status, got.header, got.body))
	if !documented || err != nil {
		t.Errorf("the response with warnings is documented: %t, %v", documented, err)
	}
	if got := c.sendBody(t, "PATCH", "", multipartType, strings.NewReader(filePart("recipefile", "r.xml", recipeXML)+formEnd)); got.status != 200 || strings.Contains(got.body, "warnings") {
		t.Errorf("PATCH of a recipe = %d %s, want no warnings", got.status, got.body)
	}
}

// A list of results has ids, or objects with a student and an attempt, as JSON or as JSON in a string.
// Results and students of another assignment are rejected, and then nothing is queued.
func TestEvaluateList(t *testing.T) {
	t.Parallel()
	c := newTestServer(t, openStore(t))
	users := c.createStudents(t, "Ann", "Bob")
	first, second, other := c.result(users[0], 1), c.result(users[0], 2), c.result(users[1], 1)
	elsewhere := &db.Assignment{CourseID: c.course.MomotorID, CanvasID: 502, Name: "Searching"}
	if _, err := ingest.UpsertAssignment(t.Context(), c.store, elsewhere, nil, nil, noon); err != nil {
		t.Fatal(err)
	}
	other.Result.AssignmentID = elsewhere.MomotorID
	c.insertResults(t, first, second, other)
	recipe := filePart("recipefile", "r.xml", recipeXML) + formEnd
	if got := c.sendBody(t, "PATCH", "", multipartType, strings.NewReader(recipe)); got.status != 200 {
		t.Fatalf("PATCH of a recipe = %d %s", got.status, got.body)
	}
	const invalid = `{"evaluate":["Invalid value for 'evaluate'."]}`
	for _, tt := range []struct{ list, want string }{
		{`[{"user":9001}]`, ""}, {`[{"user":9001,"attempt":null}]`, ""}, {`[{"user":9001,"attempt":1}]`, ""}, {`[]`, ""},
		{fmt.Sprintf(`[%d,{"attempt":2,"user":9001}]`, first.Result.MomotorID), ""},
		{`[{"user":9001,"attempt":3}]`, `{"evaluate":["The assignment has no attempt 3 of the student 9001."]}`},
		{`[{"user":9001},{"user":9002}]`, `{"evaluate":["The assignment has no result of the student 9002."]}`},
		{`[{"user":9002,"attempt":1}]`, `{"evaluate":["The assignment has no attempt 1 of the student 9002."]}`},
		{fmt.Sprintf(`[%d]`, other.Result.MomotorID), fmt.Sprintf(`{"evaluate":["The assignment has no result with the id %d."]}`, other.Result.MomotorID)},
		{`[{}]`, invalid}, {`[{"attempt":1}]`, invalid}, {`[{"user":null}]`, invalid}, {`[{"user":"9001"}]`, invalid}, {`[{"user":9001.5}]`, invalid},
		{`[{"user":9001,"attempt":"1"}]`, invalid}, {`[{"user":9001,"attempt":4294967296}]`, invalid}, {`[{"user":9001,"atempt":1}]`, invalid},
		{`[[1]]`, invalid}, {`[null]`, invalid}, {`[true]`, invalid}, {`{"user":9001}`, ""},
	} {
		for _, body := range []string{`{"evaluate":` + tt.list + `}`, fmt.Sprintf(`{"evaluate":%q}`, tt.list)} {
			got := c.sendBody(t, "PATCH", "", jsonType, strings.NewReader(body))
			switch {
			case tt.list[0] == '{':
				if got.status != 400 {
					t.Errorf("PATCH %s = %d %s, want 400", body, got.status, got.body)
				}
			case (got.status == 200) != (tt.want == "") || tt.want != "" && got.body != tt.want:
				t.Errorf("PATCH %s = %d %s, want %s", body, got.status, got.body, tt.want)
			}
		}
	}
}

// A change with If-Match succeeds only for the current version.
func TestIfMatch(t *testing.T) {
	t.Parallel()
	c := newTestServer(t, openStore(t))
	tag := c.sendBody(t, "GET", "", "", nil).header.Get("ETag")
	for _, tt := range []struct {
		header string
		paused bool
		status int
	}{
		{`"other"`, true, 412}, {`W/"other"`, true, 412},
		{"W/" + tag, false, 200}, // the tag of a compressed response
		{`"other", ` + tag, true, 200}, {tag, true, 412}, {"*", true, 200},
	} {
		got := c.sendBody(t, "PATCH", "", jsonType, strings.NewReader(fmt.Sprintf(`{"paused":%t}`, tt.paused)), "If-Match: "+tt.header)
		if got.status != tt.status {
			t.Errorf("If-Match: %s = %d %s, want %d", tt.header, got.status, got.body, tt.status)
		}
		if current := c.sendBody(t, "GET", "", "", nil).header.Get("ETag"); got.status == 200 && got.header.Get("ETag") != current {
			t.Errorf("If-Match: %s: ETag = %s, want %s", tt.header, got.header.Get("ETag"), current)
		}
	}
}

// A change with If-Match also fails if another change is made after the check of the version: here
// while the server reads the body.
func TestIfMatchDuringChange(t *testing.T) {
	t.Parallel()
	c := newTestServer(t, openStore(t))
	tag := c.sendBody(t, "GET", "", "", nil).header.Get("ETag")
	otherChange := sync.OnceFunc(func() {
		if got := c.sendBody(t, "PATCH", "", jsonType, strings.NewReader(`{"published":true}`)); got.status != 200 {
			t.Errorf("the other change = %d %s, want 200", got.status, got.body)
		}
	})
	text := strings.NewReader(`{"paused":true}`)
	body := readerFunc(func(p []byte) (int, error) {
		otherChange()
		return text.Read(p)
	})
	// The client sends the body when the server starts to read it.
	if got := c.sendBody(t, "PATCH", "", jsonType, body, "If-Match: "+tag, "Expect: 100-continue"); got.status != 412 {
		t.Errorf("a change with the version before another change = %d %s, want 412", got.status, got.body)
	}
}

// A readerFunc is an io.Reader.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A read-only key is rejected before the body is read.
func TestReadOnlyKey(t *testing.T) {
	t.Parallel()
	c := newTestServer(t, openStore(t))
	c.createKey(t, true)
	for _, rt := range routes() {
		if !rt.isChange() || rt.personOnly() {
			continue
		}
		path := strings.TrimPrefix(rt.path, assignmentsPath+"{canvas_id}/")
		if got := c.sendBody(t, rt.method, path, "text/plain", strings.NewReader("{")); got.status != 403 {
			t.Errorf("%s %s with a read-only key = %d %s, want 403", rt.method, path, got.status, got.body)
		}
	}
}

// A body that is too large is rejected, and no part of a rejected body stays on disk.
func TestBodyTooLarge(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	c := newTestServer(t, openStore(t))
	got := c.sendBody(t, "PATCH", "", multipartType, io.MultiReader(
		strings.NewReader(strings.TrimSuffix(filePart("recipefile", "r.zip", ""), "\r\n")),
		bytes.NewReader(bytes.Repeat([]byte("PK"), 50_000_000)), strings.NewReader("\r\n"+formEnd)))
	if got.status != 413 {
		t.Errorf("PATCH with a file of 100 MB = %d %s, want 413", got.status, got.body)
	}
	for _, dir := range []string{os.TempDir(), c.folder} {
		_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && !strings.Contains(name, "test.db") && filepath.Base(name) != "lock" {
				t.Errorf("the rejected body left the file %s, want no files", name)
			}
			return nil
		})
	}
	if got := c.sendBody(t, "PATCH", "", multipartType, strings.NewReader(filePart("recipefile", "r.xml", recipeXML)+formEnd)); got.status != 200 {
		t.Fatalf("PATCH with a recipe = %d %s, want 200", got.status, got.body)
	}
	c.diskFull.Store(true)
	if got := c.sendBody(t, "PATCH", "", multipartType, strings.NewReader(part("paused", "t")+filePart("recipefile", "s.xml", recipeXML+" ")+formEnd)); got.status != 503 {
		t.Errorf("PATCH on a full disk = %d %s, want 503", got.status, got.body)
	}
	if got := c.sendBody(t, "GET", "", "", nil); !strings.Contains(got.body, `"name":"r.xml"`) || !strings.Contains(got.body, `"paused":false`) {
		t.Errorf("the assignment after a PATCH on a full disk = %s, want it unchanged", got.body)
	}
}

// A disk stores blobs, and fails while the server's diskFull is true.
type disk struct {
	*blob.Folder
	c *testServer
}

func (d disk) Put(ctx context.Context, r io.Reader) (blob.Digest, int64, error) {
	if d.c.diskFull.Load() {
		return blob.Digest{}, 0, errors.New("no space left on device")
	}
	return d.Folder.Put(ctx, r)
}

// One of many simultaneous refresh requests to two servers succeeds. The others are throttled.
func TestParallelRefresh(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		c := newTestServer(t, s)
		other := &testServer{store: s, blobs: c.blobs, account: c.account, course: c.course, assignment: c.assignment, log: c.log}
		other.serve(t)
		responses := make(chan response, 50)
		for i := range cap(responses) {
			go func() { responses <- []*testServer{c, other}[i%2].sendBody(t, "POST", "refresh/", "", nil) }()
		}
		count := map[int]int{}
		for range cap(responses) {
			res := <-responses
			count[res.status]++
			if wait := res.header.Get("Retry-After"); res.status == 429 && (wait < "880" || wait > "900") {
				t.Errorf("Retry-After = %s, want 880 to 900", wait)
			}
		}
		if count[204] != 1 || count[429] != cap(responses)-1 {
			t.Errorf("responses by status = %v, want one 204 and the others 429", count)
		}
	})
}
