package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// A work is a request that users make, over one of the two APIs. Statements are those of
// PostgreSQL that the fast path takes.
type work struct {
	name   string
	method string
	path   string
	body   string
	// least is the requests a second that the fast path must reach, as a part of what the
	// hand-written handler does.
	least float64
}

const (
	account    = "/lti/api/account/2"
	course     = account + "/course/1001"
	assignment = course + "/assignment/501"
)

// A course of a GraphQL query.
func inCourse(selection string) string {
	return `{ account(momotorId: 2) { course(canvasId: 1001) { ` + selection + ` } } }`
}

const resultFields = `accepted assignmentCanvasId attempt hasError isLate isLatest label previewUrl processedAt progress queuedAt score secret sectionCanvasIds sequenceId startedAt state`

const stepFields = `taskId accepted hasError label score maxScore outcome summary`

// works are the requests, after the list of the performance facts.
func works(student string) []work {
	nested := func(page string) string {
		return inCourse(`name assignments(first: 100) { nodes { name results(first: ` + page + `) { nodes { ` + resultFields + ` submittedAt summary steps: stepGroups { ` + stepFields + ` } } } } }`)
	}
	return []work{
		{"W1 list of 500, REST", http.MethodGet, assignment + "/result/", "", 0.85},
		graphql("W1 list of 500, GraphQL", inCourse(`assignment(canvasId: 501) { results(first: 1000) { nodes { `+resultFields+` submittedAt summary user { canvasId name sortableName loginId sectionCanvasIds } } } }`), 0.85),
		graphql("W2 all 48,000 steps", nested("1000"), 0.9),
		graphql("W3 20 results each", nested("20"), 0.85),
		graphql("W4 one result", inCourse(`assignment(canvasId: 501) { result(userCanvasId: `+student+`) { `+resultFields+` submittedAt summary steps: stepGroups { `+stepFields+` } } }`), 0.85),
		{"W6 CSV", http.MethodGet, assignment + "/result/csv/", "", 0.85},
		graphql("W7 accounts, courses", `{ accounts { nodes { name courses(first: 100) { nodes { canvasId code name active } } } } }`, 1),
	}
}

func graphql(name, query string, least float64) work {
	text, err := json.Marshal(map[string]string{"query": strings.Join(strings.Fields(query), " ")})
	if err != nil {
		panic(err)
	}
	return work{name, http.MethodPost, "/graphql", string(text), least}
}

// request makes the request of a work.
func (w work) request(base, key string) (*http.Request, error) {
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
