package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// A workload is a typical request to one of the two APIs.
type workload struct {
	name   string
	method string
	path   string
	body   string
	// minRatio is the minimum throughput of the fast path, as a fraction of the throughput of the
	// hand-written handler.
	minRatio float64
}

const (
	account    = "/lti/api/account/2"
	course     = account + "/course/1001"
	assignment = course + "/assignment/501"
)

// courseQuery returns a GraphQL query with a selection of the measured course.
func courseQuery(selection string) string {
	return `{ account(momotorId: 2) { course(canvasId: 1001) { ` + selection + ` } } }`
}

const resultFields = `accepted assignmentCanvasId attempt hasError isLate isLatest label previewUrl processedAt progress queuedAt score secret sectionCanvasIds sequenceId startedAt state`

const stepFields = `taskId accepted hasError label score maxScore outcome summary`

// workloads returns the measured requests.
func workloads(student string) []workload {
	nested := func(page string) string {
		return courseQuery(`name assignments(first: 100) { nodes { name results(first: ` + page + `) { nodes { ` + resultFields + ` submittedAt summary steps: stepGroups { ` + stepFields + ` } } } } }`)
	}
	return []workload{
		{"W1 list of 500, REST", http.MethodGet, assignment + "/result/", "", 0.85},
		graphql("W1 list of 500, GraphQL", courseQuery(`assignment(canvasId: 501) { results(first: 1000) { nodes { `+resultFields+` submittedAt summary user { canvasId name sortableName loginId sectionCanvasIds } } } }`), 0.85),
		graphql("W2 all 48,000 steps", nested("1000"), 0.9),
		graphql("W3 20 results each", nested("20"), 0.85),
		graphql("W4 one result", courseQuery(`assignment(canvasId: 501) { result(userCanvasId: `+student+`) { `+resultFields+` submittedAt summary steps: stepGroups { `+stepFields+` } } }`), 0.85),
		{"W6 CSV", http.MethodGet, assignment + "/result/csv/", "", 0.85},
		graphql("W7 accounts, courses", `{ accounts { nodes { name courses(first: 100) { nodes { canvasId code name active } } } } }`, 1),
	}
}

func graphql(name, query string, minRatio float64) workload {
	text, err := json.Marshal(map[string]string{"query": strings.Join(strings.Fields(query), " ")})
	if err != nil {
		panic(err)
	}
	return workload{name, http.MethodPost, "/graphql", string(text), minRatio}
}

// request returns the HTTP request of a workload.
func (w workload) request(base, key string) (*http.Request, error) {
	req, err := http.NewRequest(w.method, base+w.path, strings.NewReader(w.body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", w.name, err)
	}
	req.Header.Set("Authorization", "Api-Key "+key)
	if w.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}
