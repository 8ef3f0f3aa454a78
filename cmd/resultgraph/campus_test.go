package main

import (
	"bytes"
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

// A campus is all that the program has to do with: a Canvas with a course, an engine, and a
// store that knows of them no more than an administrator tells it.
type campus struct {
	canvas             *canvastest.Server
	broker             *enginetest.Broker
	course, assignment int64 // in Canvas
	section            int64
	students           []int64
	location, data     string
	engine, key        string
}

const (
	account    = 9 // the number of the campus's account: the demo has others
	testRecipe = `<recipe xmlns="http://momotor.org/1.0"><steps><step id="run"/><step id="finalize"/></steps></recipe>`
	daysAgo    = 48 * time.Hour
)

func newCampus(t *testing.T, location string, students int, options ...canvastest.Option) *campus {
	t.Helper()
	c := emptyCampus(t, location)
	c.found(t, students, options...)
	return c
}

// newDemoCampus is newCampus in a store that has the demo, too.
func newDemoCampus(t *testing.T, location string, students int) *campus {
	t.Helper()
	c := emptyCampus(t, location)
	p := start(t, "serve", "--demo", "--work", "off", "--listen", "127.0.0.1:0", "--data", c.data, "--database", c.location)
	p.await(t, `API key +(\S+)\n`)
	p.end(t)
	c.found(t, students)
	return c
}

func emptyCampus(t *testing.T, location string) *campus {
	t.Helper()
	c := &campus{location: location, data: t.TempDir()}
	if !strings.HasPrefix(c.location, "sqlite:") {
		c.command(t, "migrate", "up")
	}
	return c
}

// found builds the campus, and tells the store of it.
func (c *campus) found(t *testing.T, students int, options ...canvastest.Option) {
	t.Helper()
	c.canvas = canvastest.New(t, append([]canvastest.Option{canvastest.IDsFrom(9_007_199_254_740_993), canvastest.PageSize(20)}, options...)...)
	c.broker = enginetest.New(enginetest.Config{Steps: 3, Tick: 10 * time.Millisecond, Results: marked})
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
	c.manifest(t)
	c.command(t, "account", "set", strconv.Itoa(account), "--token", c.canvas.Token())
	c.key = strings.TrimSpace(c.command(t, "apikey", "create", "--name", "test", "--course", fmt.Sprintf("%d/%d", account, c.course)))
}

// manifest imports what an administrator sets up: the account, the course, the assignment.
func (c *campus) manifest(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "manifest.jsonl"), fmt.Sprintf(`
{"type": "account", "id": %[4]d, "canvas_guid": "g", "base_url": %[1]q, "name": "University"}
{"type": "course", "account": "g", "canvas_id": %[2]d, "code": "?", "name": "?", "active": true, "valid": true, "readonly": false}
{"type": "assignment", "account": "g", "course": %[2]d, "canvas_id": %[3]d, "name": "?", "active": false, "published": true, "paused": false}
`, c.canvas.URL, c.course, c.assignment, account))
	c.command(t, "import", folder)
}

// command runs a command of the program to its end.
func (c *campus) command(t *testing.T, args ...string) string {
	t.Helper()
	out, err := call(t, append(args, "--data", c.data, "--database", c.location)...)
	if err != nil {
		t.Fatalf("%v = %v\n%s", args, err, out)
	}
	return out
}

// serve starts a server.
func (c *campus) serve(t *testing.T, args ...string) *process {
	t.Helper()
	return spawn(t, []string{"RESULTGRAPH_ENGINE_KEY=testkey", "RESULTGRAPH_ENGINE_SECRET=secret"}, append([]string{
		"serve", "--listen", "127.0.0.1:0", "--data", c.data, "--database", c.location, "--engine", c.engine,
	}, args...)...)
}

// submit hands in a file whose content is the score that it deserves.
func (c *campus) submit(student int64, score float64) {
	c.canvas.Submit(student, c.assignment, time.Now().Add(-daysAgo), canvastest.File{
		Name: "answer.txt", Type: "text/plain", Content: []byte(strconv.FormatFloat(score, 'f', -1, 64)),
	})
}

// marked is a results bundle with the score that a product says it deserves, as learners see
// it; reviewers see another. Half of the points are a pass.
func marked(_, _, product []byte) []byte {
	b, err := bundle.Open(bytes.NewReader(product), int64(len(product)), bundle.DefaultLimits())
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

// path is where the assignment is in the REST API.
func (c *campus) path() string {
	return fmt.Sprintf("/lti/api/account/%d/course/%d/assignment/%d/", account, c.course, c.assignment)
}

// send sends a request to a server, and returns the status and the body; 0 when there is no
// answer.
func (c *campus) send(t *testing.T, p *process, method, path, media, body string) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.base+path, strings.NewReader(body))
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

// demand is send for what must be answered so.
func (c *campus) demand(t *testing.T, p *process, status int, method, path, media, body string) []byte {
	t.Helper()
	got, answer := c.send(t, p, method, path, media, body)
	if got != status {
		t.Fatalf("%s %s = %d %s, want %d\n%s", method, path, got, answer, status, p.logged())
	}
	return answer
}

const (
	inJSON  = "application/json"
	inForm  = "application/x-www-form-urlencoded"
	inParts = "multipart/form-data; boundary=b"
)

// recipe is a form with a recipe.
func recipe(text string) string {
	return "--b\r\nContent-Disposition: form-data; name=\"recipefile\"; filename=\"recipe.xml\"\r\n\r\n" + text + "\r\n--b--\r\n"
}

// A gradedResult is a result as REST shows it.
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

// results reads all results by REST.
func (c *campus) results(t *testing.T, p *process) (list []gradedResult) {
	t.Helper()
	parse(t, c.demand(t, p, 200, "GET", c.path()+"result/", "", ""), &list)
	return list
}

// graphql runs an operation that must succeed.
func (c *campus) graphql(t *testing.T, p *process, query string, to any) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Data   json.RawMessage
		Errors []any
	}
	parse(t, c.demand(t, p, 200, "POST", "/graphql", inJSON, string(body)), &answer)
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
