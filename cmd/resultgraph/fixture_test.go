package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/engine/enginetest"
)

// A fixture is the environment of the program: a fake Canvas with a course, a fake engine,
// and a store that holds what an administrator imports.
type fixture struct {
	canvas             *canvastest.Server
	broker             *enginetest.Broker
	course, assignment int64 // in Canvas
	section            int64
	students           []int64
	location, data     string
	engine, key        string
}

const (
	account       = 9 // the Momotor id; the demo has other accounts
	testRecipe    = `<recipe xmlns="http://momotor.org/1.0"><steps><step id="run"/><step id="finalize"/></steps></recipe>`
	submissionAge = 48 * time.Hour
)

func newFixture(t *testing.T, location string, students int, options ...canvastest.Option) *fixture {
	t.Helper()
	c := newStoreFixture(t, location)
	c.addCourse(t, students, options...)
	return c
}

// newDemoFixture returns a fixture whose store also holds the demo data.
func newDemoFixture(t *testing.T, location string, students int) *fixture {
	t.Helper()
	c := newStoreFixture(t, location)
	if strings.HasPrefix(location, "sqlite:") {
		c.data = demoFolderAt(t, location)
	} else {
		p := start(t, "serve", "--demo", "--jobs", "off", "--listen", "127.0.0.1:0", "--data", c.data, "--database", c.location)
		p.await(t, `API key +(\S+)\n`)
		p.shutdown(t)
	}
	c.addCourse(t, students)
	return c
}

func newStoreFixture(t *testing.T, location string) *fixture {
	t.Helper()
	c := &fixture{location: location, data: t.TempDir()}
	if !strings.HasPrefix(c.location, "sqlite:") {
		c.runCommand(t, "migrate", "up")
	}
	return c
}

// addCourse adds a course with students to Canvas, and imports it.
func (c *fixture) addCourse(t *testing.T, students int, options ...canvastest.Option) {
	t.Helper()
	c.canvas = canvastest.New(t, append([]canvastest.Option{canvastest.WithFirstID(9_007_199_254_740_993), canvastest.WithPageSize(20)}, options...)...)
	c.broker = enginetest.New(enginetest.Config{Steps: 3, Tick: 10 * time.Millisecond, Results: gradedBundle})
	address, err := c.broker.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.broker.Stop)
	c.engine = "grpc://" + address
	c.course = c.canvas.AddCourse(canvastest.Course{Name: "Programming", Code: "2IP90"})
	c.section = c.canvas.AddSection(c.course, canvastest.Section{Name: "Group A"})
	c.assignment = c.canvas.AddAssignment(c.course, canvastest.Assignment{Name: "Loops", Points: 10, Lock: time.Now().Add(-time.Hour)})
	for i := range students {
		c.students = append(c.students, c.canvas.AddStudent(c.section, canvastest.User{Name: fmt.Sprintf("Student %d", i), Sortable: fmt.Sprintf("%d, Student", i)}))
	}
	c.importManifest(t)
	c.runCommand(t, "account", "set", strconv.Itoa(account), "--token", c.canvas.Token())
	c.key = strings.TrimSpace(c.runCommand(t, "apikey", "create", "--name", "test", "--course", fmt.Sprintf("%d/%d", account, c.course)))
}

// importManifest imports the account, the course and the assignment.
func (c *fixture) importManifest(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "manifest.jsonl"), fmt.Sprintf(`
{"type": "account", "id": %[4]d, "canvas_guid": "g", "base_url": %[1]q, "name": "University"}
{"type": "course", "account": "g", "canvas_id": %[2]d, "code": "?", "name": "?", "active": true, "valid": true, "readonly": false}
{"type": "assignment", "account": "g", "course": %[2]d, "canvas_id": %[3]d, "name": "?", "active": false, "published": true, "paused": false}
`, c.canvas.URL, c.course, c.assignment, account))
	c.runCommand(t, "import", folder)
}

// runCommand runs a command of the program, which must succeed.
func (c *fixture) runCommand(t *testing.T, args ...string) string {
	t.Helper()
	out, err := call(t, append(args, "--data", c.data, "--database", c.location)...)
	if err != nil {
		t.Fatalf("%v = %v\n%s", args, err, out)
	}
	return out
}

// serve starts a server.
func (c *fixture) serve(t *testing.T, args ...string) *subprocess {
	t.Helper()
	return startSubprocess(t, []string{"RESULTGRAPH_ENGINE_KEY=testkey", "RESULTGRAPH_ENGINE_SECRET=secret"}, append([]string{
		"serve", "--listen", "127.0.0.1:0", "--data", c.data, "--database", c.location, "--engine", c.engine,
	}, args...)...)
}

// submit submits a file whose content is the score that the engine gives it.
func (c *fixture) submit(student int64, score float64) {
	c.canvas.Submit(student, c.assignment, time.Now().Add(-submissionAge), canvastest.File{
		Name: "answer.txt", Type: "text/plain", Content: []byte(strconv.FormatFloat(score, 'f', -1, 64)),
	})
}

// gradedBundle returns a results bundle with the score that the product contains, as students
// see it. Reviewers see 99. A score of 5 passes.
func gradedBundle(_, _, product []byte) []byte {
	b, err := bundle.Open(context.Background(), bytes.NewReader(product), int64(len(product)), bundle.DefaultLimits())
	if err != nil {
		panic(err)
	}
	file, _, err := b.Open(b.Attachments()[0].Path)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		panic(err)
	}
	score, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		panic(err)
	}
	outcome := map[bool]string{true: "pass", false: "fail"}[score >= 5]
	return fmt.Appendf(nil, `<results xmlns="http://momotor.org/1.0"><result step="run" outcome="pass"/><result step="finalize" outcome="%s"><properties>
		<property name="score" type="float" value="%v"/><property name="score_reviewer" type="float" value="99"/></properties></result></results>`, outcome, score)
}

// path returns the path of the assignment in the REST API.
func (c *fixture) path() string {
	return fmt.Sprintf("/lti/api/account/%d/course/%d/assignment/%d/", account, c.course, c.assignment)
}

// send sends a request to a server, and returns the status and the body. The status is 0
// without a complete response.
func (c *fixture) send(t *testing.T, p *subprocess, method, path, media, body string) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.BaseURL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Api-Key "+c.key)
	req.Header.Set("Content-Type", media)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil
	}
	return res.StatusCode, answer
}

// mustSend is send for a request that must have the given status.
func (c *fixture) mustSend(t *testing.T, p *subprocess, status int, method, path, media, body string) []byte {
	t.Helper()
	got, answer := c.send(t, p, method, path, media, body)
	if got != status {
		t.Fatalf("%s %s = %d %s, want %d\n%s", method, path, got, answer, status, p.Log())
	}
	return answer
}

const (
	jsonType      = "application/json"
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data; boundary=b"
)

// recipeForm returns a multipart form with a recipe.
func recipeForm(text string) string {
	return "--b\r\nContent-Disposition: form-data; name=\"recipefile\"; filename=\"recipe.xml\"\r\n\r\n" + text + "\r\n--b--\r\n"
}

// A gradedResult is a result in the REST API.
type gradedResult struct {
	Attempt     int
	State       string
	Accepted    *bool
	Score       *float64
	Latest      bool      `json:"is_latest"`
	Sequence    int64     `json:"sequence_id"`
	ProcessedAt time.Time `json:"processed_at"`
	User        struct {
		CanvasID int64 `json:"canvas_id"`
	}
}

// results returns all results of the assignment from REST.
func (c *fixture) results(t *testing.T, p *subprocess) (list []gradedResult) {
	t.Helper()
	parse(t, c.mustSend(t, p, 200, "GET", c.path()+"result/", "", ""), &list)
	return list
}

// graphql runs an operation that must succeed.
func (c *fixture) graphql(t *testing.T, p *subprocess, query string, to any) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Data   json.RawMessage
		Errors []any
	}
	parse(t, c.mustSend(t, p, 200, "POST", "/graphql", jsonType, string(body)), &answer)
	if len(answer.Errors) > 0 {
		t.Fatalf("%s: %v", query, answer.Errors)
	}
	parse(t, answer.Data, to)
}

func parse(t *testing.T, text []byte, to any) {
	t.Helper()
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
