package bench

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// A workload is a typical request to one of the two APIs.
type workload struct {
	name               string
	method, path, body string
	handwritten        string // the path on the handwritten server
	repeat             repeat
	// goal is the throughput that the program should reach, relative to the handwritten server.
	goal float64
}

// A repeat says what is known of a request that was sent before.
type repeat int

const (
	fresh  repeat = iota // nothing: the answer is read from the database
	poll                 // the client knows the answer, and gets 304
	cached               // the server may have the answer in memory
)

const (
	account        = "/lti/api/account/2"
	courseURL      = account + "/course/1001"
	assignmentURL  = courseURL + "/assignment/501"
	handCourse     = "/account/2/course/1001"
	handAssignment = handCourse + "/assignment/501"
	handLecture    = "/account/1/course/1000"
)

// courseQuery returns a GraphQL query with a selection of the measured course.
func courseQuery(selection string) string {
	return `{ account(momotorId: 2) { course(canvasId: 1001) { ` + selection + ` } } }`
}

// lectureQuery returns a GraphQL query with a selection of the lecture: see loadtest.Size.
func lectureQuery(selection string) string {
	return `{ account(momotorId: 1) { course(canvasId: 1000) { ` + selection + ` } } }`
}

const resultFields = `accepted assignmentCanvasId attempt hasError isLate isLatest label previewUrl processedAt progress queuedAt score secret sectionCanvasIds sequenceId startedAt state`

const stepFields = `taskId accepted hasError label score maxScore outcome summary`

// The requests for figures: of 12 assignments, of their tasks, of all results of the lecture, and of the tasks
// of one of its assignments.
var (
	statsQuery = courseQuery(`assignments(first: 12) { nodes { name results(first: 0) { stats {
		count students accepted rejected error late processed passRate
		score { count mean standardDeviation min max median percentiles(ps: [0.25, 0.75]) histogram(bins: 10, from: 0, to: 10) { edges counts } } } } } }`)
	stepStatsQuery = courseQuery(`assignments(first: 12) { nodes { name stepStats { taskId count passed passRate } } }`)
	groupsQuery    = lectureQuery(`results(first: 0, pick: ALL) { groups(by: [SECTION, DAY], first: 1000) { totalCount nodes {
		key { section { name } day } stats { count students passRate score { mean } } } } }`)
	itemsQuery = lectureQuery(`assignment(canvasId: 501) { itemAnalysis { n mean standardDeviation alpha standardError skewness kurtosis items {
		taskId n mean maxScore standardDeviation facility discrimination discriminativeEfficiency effectiveWeight upperLowerDifference alphaIfDropped } } }`)
)

// workloads returns the measured requests.
func workloads(student string) []workload {
	list := courseQuery(`assignment(canvasId: 501) { results(first: 1000) { nodes { ` + resultFields + ` submittedAt summary user { canvasId name sortableName loginId sectionCanvasIds } } } }`)
	nested := func(first string) string {
		return courseQuery(`name assignments(first: 12) { nodes { name results(first: ` + first + `) { nodes { ` + resultFields + ` submittedAt summary steps: stepGroups { ` + stepFields + ` } } } } }`)
	}
	one := courseQuery(`assignment(canvasId: 501) { result(userCanvasId: ` + student + `) { ` + resultFields + ` submittedAt summary steps: stepGroups { ` + stepFields + ` } } }`)
	accounts := `{ accounts { nodes { name courses(first: 100) { nodes { canvasId code name active } } } } }`
	return []workload{
		get("W1 list of 500, REST", "/result/", "/rest"+handAssignment, 0.85),
		graphql("W1 list of 500, GraphQL", list, "/list"+handAssignment, 0.85),
		graphql("W2 all 48,000 steps", nested("500"), "/nested"+handCourse+"/500", 0.85),
		graphql("W3 20 results each", nested("20"), "/nested"+handCourse+"/20", 0.85),
		graphql("W4 one result", one, "/one"+handAssignment+"/"+student, 0.85),
		get("W6 CSV", "/result/csv/", "/csv"+handAssignment, 0.85),
		graphql("W7 accounts, courses", accounts, "/accounts", 0.9),
		graphql("W5 figures of results", statsQuery, "/stats"+handCourse, 0.9),
		graphql("W8 pass rates of tasks", stepStatsQuery, "/steps"+handCourse, 0.9),
		graphql("W9 sections and days", groupsQuery, "/groups"+handLecture, 0.9),
		graphql("W10 item analysis", itemsQuery, "/items"+handLecture+"/assignment/501", 0.9),
		get("304, list of 500", "/result/", "/versioned/rest"+handAssignment, 0.8).with(poll),
		graphql("cache, list of 500", list, "/versioned/list"+handAssignment, 0.8).with(cached),
		graphql("cache, 48,000 steps", nested("500"), "/versioned/nested"+handCourse+"/500", 0.8).with(cached),
	}
}

// get returns a request for a path below the measured assignment.
func get(name, path, handwritten string, goal float64) workload {
	return workload{name, http.MethodGet, assignmentURL + path, "", handwritten, fresh, goal}
}

func graphql(name, query, handwritten string, goal float64) workload {
	text, err := json.Marshal(map[string]string{"query": strings.Join(strings.Fields(query), " ")})
	if err != nil {
		panic(err)
	}
	return workload{name, http.MethodPost, "/graphql", string(text), handwritten, fresh, goal}
}

func (w workload) with(r repeat) workload {
	w.repeat = r
	return w
}

// onHandwritten returns the request to the handwritten server.
func (w workload) onHandwritten() workload {
	w.method, w.path, w.body = http.MethodGet, w.handwritten, ""
	return w
}

// request returns the bytes of the HTTP request, with an If-None-Match header if tag is not "".
func (w workload) request(host, key, tag string) []byte {
	req, err := http.NewRequest(w.method, "http://"+host+w.path, strings.NewReader(w.body))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Authorization", "Api-Key "+key)
	if w.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if tag != "" {
		req.Header.Set("If-None-Match", tag)
	}
	var text bytes.Buffer
	if err := req.Write(&text); err != nil {
		panic(err)
	}
	return text.Bytes()
}
