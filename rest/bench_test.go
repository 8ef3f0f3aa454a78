package rest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/graph/scalar"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/jsonfloat"
)

// BenchmarkResultList requests the latest results of 500 students with two attempts each: over REST,
// over GraphQL, and from a directHandler that writes the same bytes.
func BenchmarkResultList(b *testing.B) {
	location := dbtest.SQLite(b)
	c := newTestServer(b, dbtest.Open(b, location))
	c.insertStudents(b, 500)
	server := serveStore(b, c.store, c.blobs)
	url := fmt.Sprintf("%s/lti/api/account/%d/course/1001/assignment/501/result/", server.URL, c.account.MomotorID)
	direct := newDirectServer(b, strings.TrimPrefix(location, "sqlite:"), c)

	api := newAPI(b)
	query, err := json.Marshal(map[string]any{
		"query":         api.operations["ResultList"].document,
		"operationName": "ResultList",
		"variables":     variables{"account_pk": c.account.MomotorID, "course_canvas_id": 1001, "assignment_canvas_id": 501},
	})
	if err != nil {
		b.Fatal(err)
	}
	want := c.fetch(b, http.MethodGet, url, nil)
	if got := c.fetch(b, http.MethodGet, direct.URL, nil); !bytes.Equal(got, want) {
		b.Fatalf("the direct handler writes\n%.600s\nwant the response of REST\n%.600s", got, want)
	}
	if got := c.fetch(b, http.MethodPost, server.URL+"/graphql", query); !bytes.Contains(got, want) {
		b.Fatalf("GraphQL responds\n%.600s\nwant the response of REST in it\n%.600s", got, want)
	}
	for _, request := range []struct {
		name, method, url string
		body              []byte
	}{
		{"hand-written", http.MethodGet, direct.URL, nil},
		{"REST", http.MethodGet, url, nil},
		{"GraphQL", http.MethodPost, server.URL + "/graphql", query},
	} {
		b.Run(request.name, func(b *testing.B) {
			b.SetBytes(int64(len(want)))
			b.ReportAllocs()
			for b.Loop() {
				c.fetch(b, request.method, request.url, request.body)
			}
		})
	}
}

// BenchmarkSmallestOperation measures an operation that does not read the store.
func BenchmarkSmallestOperation(b *testing.B) {
	c := newTestServer(b, openStore(b))
	api, _ := newServers(b, c.store, c.blobs)
	api.operations["Smallest"] = &operation{document: "query Smallest { __typename }"}
	request := &apiRequest{conf: &api.conf, operations: api.operations}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := request.run(b.Context(), "Smallest", nil); err != nil {
			b.Fatal(err)
		}
	}
}

// insertStudents adds students with two attempts each.
func (c *testServer) insertStudents(b *testing.B, students int) {
	names := make([]string, students)
	for i := range names {
		names[i] = fmt.Sprintf("Zoë Åström %d", i)
	}
	section := &db.Section{AccountID: c.account.MomotorID, CourseID: c.course.MomotorID, CanvasID: 11, Name: "Section"}
	c.must(b)(ingest.UpsertSections(b.Context(), c.store, []*db.Section{section}))
	var enrollments []*db.Enrollment
	var items []*ingest.ResultItem
	for i, u := range c.createStudents(b, names...) {
		enrollments = append(enrollments, &db.Enrollment{CourseID: c.course.MomotorID, UserID: u.MomotorID, Role: db.RoleStudent, SectionID: &section.MomotorID})
		for attempt := 1; attempt <= 2; attempt++ {
			item := c.result(u, attempt)
			item.Result.State, item.Result.Accepted, item.Result.HasError = db.StateDone, new(i%2 == 0), new(false)
			item.Result.Score, item.Result.Progress = new(float64(i)/10), new(1.0)
			item.Result.Label, item.Result.Summary = new("Accepted"), new("<p>Well done</p>")
			item.Result.PreviewURL = new(fmt.Sprintf("https://canvas.example/courses/1001/assignments/501/submissions/%d", u.CanvasID))
			item.Result.QueuedAt, item.Result.StartedAt, item.Result.ProcessedAt = &noon, &noon, new(noon.Add(1234567*time.Microsecond))
			items = append(items, item)
		}
	}
	c.must(b)(ingest.InsertEnrollments(b.Context(), c.store, enrollments))
	c.insertResults(b, items...)
}

// fetch sends a request and reads the whole response.
func (c *testServer) fetch(b *testing.B, method, url string, body []byte) []byte {
	req, err := http.NewRequestWithContext(b.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Api-Key "+c.key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("%s %s: %d %.300s, %v", method, url, res.StatusCode, got, err)
	}
	return got
}

// A directHandler serves the list of results with one SQL statement.
type directHandler struct {
	keys   *access.Authenticator
	list   *sql.Stmt
	course *sql.Stmt
}

func newDirectServer(b *testing.B, path string, c *testServer) *httptest.Server {
	pool, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=cache_size(-65536)&_pragma=mmap_size(268435456)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { pool.Close() })
	prepare := func(query string) *sql.Stmt {
		st, err := pool.PrepareContext(b.Context(), query)
		if err != nil {
			b.Fatal(err)
		}
		return st
	}
	h := &directHandler{
		keys: &access.Authenticator{Keys: c.store, Throttle: access.NewThrottle(time.Now), Now: time.Now},
		course: prepare(`SELECT course.id, assignment.id FROM course JOIN assignment ON assignment.course_id = course.id
			WHERE course.account_id = ? AND course.canvas_id = ? AND assignment.canvas_id = ?`),
		list: prepare(`SELECT res.accepted, res.attempt, res.has_error, res.is_late, res.is_latest, res.label, res.preview_url,
				res.processed_at, res.progress, res.queued_at, coalesce(res.score_reviewer, res.score), res.secret,
				(SELECT json_group_array(sections.canvas_id) FROM (SELECT DISTINCT sec.canvas_id FROM enrollment AS enr JOIN section AS sec ON sec.id = enr.section_id
					WHERE enr.course_id = res.course_id AND enr.user_id = res.user_id ORDER BY 1) AS sections),
				res.sequence_id, res.started_at, res.state, res.submitted_at, res.summary,
				usr.canvas_id, usr.name, usr.sortable_name, usr.login_id
			FROM result AS res JOIN "user" AS usr ON usr.id = res.user_id
			WHERE res.course_id = ? AND res.assignment_id = ? AND res.is_latest ORDER BY res.id`),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := h.keys.Authenticate(r.Context(), r.Header.Get("Authorization"), "")
		var body []byte
		if err == nil {
			body, err = h.body(r.Context(), p, c.account.MomotorID, 1001, 501)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	}))
	b.Cleanup(server.Close)
	return server
}

// body returns the list as JSON.
func (h *directHandler) body(ctx context.Context, p *access.Principal, account, course, assignment int64) ([]byte, error) {
	var courseID, assignmentID int64
	if err := h.course.QueryRowContext(ctx, account, course, assignment).Scan(&courseID, &assignmentID); err != nil {
		return nil, err
	}
	if !p.HasRole(courseID, access.Reviewer) {
		return nil, sql.ErrNoRows
	}
	rows, err := h.list.QueryContext(ctx, courseID, assignmentID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []byte{'['}
	for rows.Next() {
		var accepted, hasError, late, latest, secret sql.NullBool
		var label, preview, processed, queued, started, submitted, summary, login sql.NullString
		var progress, score sql.NullFloat64
		var attempt, sequence, user int64
		var sections, state, name, sortable string
		if err := rows.Scan(&accepted, &attempt, &hasError, &late, &latest, &label, &preview, &processed, &progress, &queued,
			&score, &secret, &sections, &sequence, &started, &state, &submitted, &summary, &user, &name, &sortable, &login); err != nil {
			return nil, err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = appendBool(append(out, `{"accepted":`...), accepted)
		out = strconv.AppendInt(append(out, `,"assignmentId":`...), assignment, 10)
		out = strconv.AppendInt(append(out, `,"attempt":`...), attempt, 10)
		out = appendBool(append(out, `,"has_error":`...), hasError)
		out = appendBool(append(out, `,"is_late":`...), late)
		out = appendBool(append(out, `,"is_latest":`...), latest)
		out = appendText(append(out, `,"label":`...), label)
		out = appendText(append(out, `,"preview_url":`...), preview)
		out = appendTime(append(out, `,"processed_at":`...), processed)
		out = appendFloat(append(out, `,"progress":`...), progress)
		out = appendTime(append(out, `,"queued_at":`...), queued)
		out = appendFloat(append(out, `,"score":`...), score)
		out = appendBool(append(out, `,"secret":`...), secret)
		out = append(append(out, `,"sections":`...), sections...)
		out = strconv.AppendInt(append(out, `,"sequence_id":`...), sequence, 10)
		out = appendTime(append(out, `,"started_at":`...), started)
		out = scalar.AppendString(append(out, `,"state":`...), state)
		out = appendTime(append(out, `,"submitted_at":`...), submitted)
		out = appendText(append(out, `,"summary":`...), summary)
		out = strconv.AppendInt(append(out, `,"user":{"canvas_id":`...), user, 10)
		out = appendText(append(out, `,"login_id":`...), login)
		out = scalar.AppendString(append(out, `,"name":`...), name)
		out = append(append(out, `,"sections":`...), sections...)
		out = append(scalar.AppendString(append(out, `,"sortable_name":`...), sortable), "}}"...)
	}
	return append(out, ']'), rows.Err()
}

func appendBool(b []byte, v sql.NullBool) []byte {
	if !v.Valid {
		return append(b, "null"...)
	}
	return strconv.AppendBool(b, v.Bool)
}

func appendText(b []byte, v sql.NullString) []byte {
	if !v.Valid {
		return append(b, "null"...)
	}
	return scalar.AppendString(b, v.String)
}

func appendFloat(b []byte, v sql.NullFloat64) []byte {
	if !v.Valid {
		return append(b, "null"...)
	}
	return jsonfloat.Append(b, v.Float64)
}

func appendTime(b []byte, v sql.NullString) []byte {
	if !v.Valid {
		return append(b, "null"...)
	}
	t, err := time.Parse("2006-01-02 15:04:05.999999999-07:00", v.String)
	if err != nil {
		panic(err)
	}
	return scalar.AppendDateTime(b, t)
}
