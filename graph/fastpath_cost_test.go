package graph_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
)

// A costCase is an operation on a course with 500 students. statements is the number of statements
// that the operation runs on PostgreSQL.
type costCase struct {
	name, operation            string
	statements, maxAllocations int
}

var costCases = []costCase{
	{"results with their students", `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignment(canvasId: 1501) { results(first: 1000) { nodes {
		accepted attempt hasError isLate isLatest label previewUrl processedAt progress queuedAt score secret sectionCanvasIds sequenceId startedAt state
		submittedAt summary user { canvasId name sortableName sectionCanvasIds } } } } } } }`, 2, 510},
	{"one result with its steps", `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignment(canvasId: 1501) { result(userCanvasId: 1001005) {
		accepted attempt hasError isLate isLatest label previewUrl processedAt progress queuedAt score secret sectionCanvasIds sequenceId startedAt state
		submittedAt summary steps { accepted hasError taskId label score secret summary } } } } } }`, 1, 380},
	{"assignments, results and steps", `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { name assignments { nodes {
		name results(first: 1000) { nodes { score state steps { taskId accepted score label } } } } } } } }`, 4, 600},
	{"ids of results", `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignment(canvasId: 1501) { results(first: 1000) { nodes {
		momotorId } } } } } }`, 1, 330},
	{"figures of all assignments", `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignments { nodes { name results(first: 0) { totalCount
		stats { count students passRate score { mean median percentiles(ps: [0.1, 0.9]) histogram { edges counts } } } more: stats { late } } } } } } }`, 2, 790},
	{"figures of a page of assignments", `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignments(first: 1) { pageInfo { hasNextPage } nodes { name results(first: 0) {
		stats { count } } } } } } }`, 2, 400},
	{"accounts with courses", `{ accounts { nodes { name courses { nodes { name code active } } } } }`, 1, 300},
}

// The numbers of statements and allocations of the fast path do not depend on the number of rows. The race
// detector adds allocations at random, so that .ci/test runs this test without it.
func TestFastPathCost(t *testing.T) {
	s := dbtest.NewPostgres(t)
	one := newCourseFixture(t, s, 1001, 500, "one")
	servers := newServers(t, s)
	for _, tt := range costCases {
		report := &fastpath.Report{}
		got := testing.AllocsPerRun(20, func() { executeWithReport(t, servers.fast, reviewerOf(one), tt.operation, report) })
		if report.Fallback != nil || report.Statements != tt.statements {
			t.Errorf("%s runs %d statements, want %d; fallback: %v", tt.name, report.Statements, tt.statements, report.Fallback)
		}
		if int(got) > tt.maxAllocations {
			t.Errorf("%s has %.0f allocations, want at most %d", tt.name, got, tt.maxAllocations)
		}
	}
}

func BenchmarkPaths(b *testing.B) {
	s := dbtest.NewPostgres(b)
	one := newCourseFixture(b, s, 1001, 500, "one")
	servers := newServers(b, s)
	for _, tt := range costCases {
		for path, server := range map[string]*graph.Server{"fast": servers.fast, "resolvers": servers.slow} {
			b.Run(tt.name+"/"+path, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					body, gotPath := execute(b, server, reviewerOf(one), tt.operation)
					if gotPath != path && gotPath != "" {
						b.Fatalf("%s: %.300s", gotPath, body)
					}
					b.SetBytes(int64(len(body)))
				}
			})
		}
	}
}

func reviewerOf(c *courseFixture) *access.Principal {
	return &access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: c.course.MomotorID, Roles: access.Teacher}}}
}

// executeWithReport sends an operation to a server that fills in a report.
func executeWithReport(t testing.TB, server *graph.Server, caller *access.Principal, op string, report *fastpath.Report) {
	t.Helper()
	*report = fastpath.Report{}
	server.ServeCaller(httptest.NewRecorder(), request(t, fastpath.WithReport(access.WithPrincipal(t.Context(), caller), report), op))
}

// A large answer is streamed while its rows are read. An error after the start of the answer
// interrupts the answer and is logged.
func TestStreamLargeAnswers(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := dbtest.Open(t, location)
		one := newCourseFixture(t, s, 1001, 800, "one")
		var log bytes.Buffer
		servers := newServers(t, s)
		var observed outcomeRecorder
		conf := graph.Config{Store: s, Log: slog.New(slog.NewTextHandler(&log, nil)), Limits: graph.Limits{Nodes: 1 << 40, Values: 1 << 40, Rows: 1 << 40}, Observe: observed.add}
		api := graph.NewServer(conf)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			api.ServeCaller(w, r.WithContext(access.WithPrincipal(r.Context(), reviewerOf(one))))
		}))
		defer server.Close()
		op := largeOperation
		post := func() (*http.Response, []byte, error) {
			text, err := json.Marshal(map[string]string{"query": op})
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.Post(server.URL, "application/json", bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(bufio.NewReader(res.Body))
			return res, body, err
		}
		want, _ := execute(t, servers.slow, reviewerOf(one), op)
		res, got, err := post()
		if err != nil || !bytes.Equal(got, want) || res.Header.Get(fastpath.Header) != "fast; streamed" || res.ContentLength >= 0 {
			t.Fatalf("a streamed answer is %.200s…, %v, %q, length %d; want %.200s…", got, err, res.Header.Get(fastpath.Header), res.ContentLength, want)
		}

		storeInfiniteScore(t, location)
		if _, got, err = post(); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(string(want), string(got[:len(got)/2])) {
			t.Errorf("an answer with an infinite score has %d bytes and the error %v, want the start of the answer and an unexpected EOF", len(got), err)
		}
		server.Close() // all outcomes are observed after this
		if !strings.Contains(log.String(), "response interrupted") {
			t.Errorf("log = %q, want a message with \"response interrupted\"", log.String())
		}
		if got := observed.all(); len(got) != 2 || got[0].Reason != "" || got[1].Reason != "aborted" || s.DB().LargeReaders() != 0 {
			t.Errorf("observed %+v and %d large operations, want one success, one interrupted answer and no large operation", got, s.DB().LargeReaders())
		}
	})
}

// storeInfiniteScore sets the score of the last step to a value that JSON does not have.
func storeInfiniteScore(t *testing.T, location string) {
	t.Helper()
	driver, address, infinite := "pgx", location, "'Infinity'"
	if path, ok := strings.CutPrefix(location, "sqlite:"); ok {
		driver, address, infinite = "sqlite", path, "9e999"
	}
	raw, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.ExecContext(t.Context(), "UPDATE step SET score = "+infinite+" WHERE result_id = (SELECT max(result_id) FROM step)"); err != nil {
		t.Fatal(err)
	}
}
