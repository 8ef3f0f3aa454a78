package graph_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/refresh"
)

// enqueue adds jobs to the queue.
func enqueue(t *testing.T, s *db.Store, args ...river.JobArgs) {
	t.Helper()
	q, err := jobs.NewQueue(s)
	if err != nil {
		t.Fatal(err)
	}
	err = change.InTx(t.Context(), s, time.Now(), func(ctx context.Context, c *change.Tx) error { return q.Insert(ctx, c.SQLTx(), args...) })
	if err != nil {
		t.Fatal(err)
	}
}

// addJobs adds jobs of every kind and state to a course. Some of the jobs are for objects that do
// not exist.
func addJobs(t *testing.T, s *db.Store, c *courseFixture) {
	t.Helper()
	course := c.course.MomotorID
	for _, id := range rowIDs(t, s, "result", c)[:8] {
		enqueue(t, s, jobs.ProcessResult{CourseID: course, ResultID: id})
	}
	enqueue(t, s, jobs.ProcessResult{CourseID: course, ResultID: 1 << 40}, jobs.RefreshAssignment{CourseID: course, AssignmentID: c.assignment.MomotorID},
		jobs.UploadScores{CourseID: course, UploadID: rowIDs(t, s, "upload", c)[0]}, jobs.RefreshAssignment{CourseID: course, AssignmentID: 1 << 40}, refresh.Schedule{})
	errors := `'[{"error":"first"},{"error":"Canvas said <no> \u2028 \"😀\""}]'`
	if s.DB().SupportsLateral() { // PostgreSQL
		errors = "ARRAY(SELECT jsonb_array_elements(" + errors + "))"
	} else {
		errors = "jsonb(" + errors + ")"
	}
	for i, state := range []string{"available", "running", "scheduled", "retryable", "pending", "completed", "cancelled", "discarded"} {
		set := "state = '" + state + "'"
		if i > 0 {
			set += ", attempt = 1, attempted_at = '2026-03-01 12:00:00.123'"
		}
		if i > 4 {
			set += ", finalized_at = '2026-03-01 12:00:01'"
		}
		if i%3 == 0 {
			set += ", errors = " + errors
		}
		// The job of refresh.Schedule belongs to no course, so it keeps its state.
		where := fmt.Sprintf(" WHERE id %% 8 = %d AND kind <> '%s'", i, refresh.Schedule{}.Kind())
		if _, err := s.SQL().ExecContext(t.Context(), "UPDATE river_job SET "+set+where); err != nil {
			t.Fatal(err)
		}
	}
}

// rowIDs returns the ids of the rows of a table that belong to a course.
func rowIDs(t *testing.T, s *db.Store, table string, c *courseFixture) (ids []int64) {
	t.Helper()
	rows, err := s.SQL().QueryContext(t.Context(), fmt.Sprintf("SELECT id FROM %s WHERE course_id = %d ORDER BY id", table, c.course.MomotorID))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// A job is a job in a response.
type job struct {
	MomotorID            int64
	Kind, State, Failure string
	MaxAttempts          int
	Result               *struct{ Attempt int }
	Assignment           *struct{ Name string }
	Upload               *struct{ State string }
}

// A jobPage is a page of jobs.
type jobPage struct {
	TotalCount int
	PageInfo   struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       string
	}
	Nodes []job
}

const jobsQuery = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: JobFilter) {
  account(canvasGuid: "guidone") { course(canvasId: 1001) {
    jobs(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { momotorId kind state failure maxAttempts createdAt result { attempt } assignment { name } upload { state } }
} } } }`

// jobs requests a page of the jobs of course 1001.
func (c *client) jobs(t *testing.T, variables map[string]any) jobPage {
	t.Helper()
	var response struct {
		Account struct{ Course struct{ Jobs jobPage } }
	}
	c.query(t, jobsQuery, variables, &response)
	return response.Account.Course.Jobs
}

func TestJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one, two := newCourseFixture(t, s, 1001, 7, "one"), newCourseFixture(t, s, 1002, 2, "two")
		addUploads(t, s, one)
		addJobs(t, s, one)
		enqueue(t, s, jobs.RefreshAssignment{CourseID: two.course.MomotorID, AssignmentID: two.assignment.MomotorID})
		c := startServer(t, s).withKey(t, s, one.course.MomotorID)
		all := c.jobs(t, nil)
		if all.TotalCount != 12 || len(all.Nodes) != 12 {
			t.Fatalf("%d jobs with totalCount %d, want 12", len(all.Nodes), all.TotalCount)
		}
		counts := map[string]int{}
		for i, j := range all.Nodes {
			if i > 0 && j.MomotorID >= all.Nodes[i-1].MomotorID {
				t.Errorf("job %d follows job %d, want the newest first", j.MomotorID, all.Nodes[i-1].MomotorID)
			}
			if j.Result != nil && j.Kind != "PROCESS" || (j.Upload != nil) != (j.Kind == "UPLOAD") || j.Assignment != nil && j.Assignment.Name != "one" {
				t.Errorf("job = %+v, want only objects that jobs of its kind have", j)
			}
			if j.Assignment == nil {
				counts["without assignment"]++
			}
			if strings.HasPrefix(j.Failure, "Canvas said <no>") {
				counts["failure"]++
			}
			counts[j.Kind]++
			counts[j.State]++
		}
		if want := map[string]int{
			"PROCESS": 9, "REFRESH": 2, "UPLOAD": 1, "without assignment": 2, "failure": counts["failure"],
			"WAITING": 3, "RUNNING": 2, "POSTPONED": 2, "RETRYING": 2, "DONE": 1, "FAILED": 2,
		}; !maps.Equal(counts, want) || counts["failure"] < 3 {
			t.Errorf("jobs by property = %v, want %v", counts, want)
		}
		filtered := c.jobs(t, map[string]any{"filter": map[string]any{"kind": []string{"REFRESH", "PROCESS"}, "state": []string{"RUNNING", "FAILED"}}})
		for _, j := range filtered.Nodes {
			if j.Kind == "UPLOAD" || j.State != "RUNNING" && j.State != "FAILED" {
				t.Errorf("filtered job = %+v, want a running or failed refresh or processing job", j)
			}
		}
		if n := len(filtered.Nodes); n < 3 || n > 4 || filtered.TotalCount != n {
			t.Errorf("%d filtered jobs with totalCount %d, want 3 or 4", n, filtered.TotalCount)
		}
		c.checkJobPages(t, all.Nodes)
		if status, body := c.post(t, jobsQuery, map[string]any{"after": "x"}); !strings.Contains(string(body), "BAD_USER_INPUT") {
			t.Errorf("response to an invalid cursor = %d %s, want BAD_USER_INPUT", status, body)
		}
		foreignClient := startServer(t, s).withKey(t, s, two.course.MomotorID)
		if _, body := foreignClient.post(t, jobsQuery, nil); strings.Contains(string(body), "PROCESS") {
			t.Errorf("response for a key of another course = %s, want no jobs", body)
		}
	})
}

// checkJobPages checks that the pages of five jobs, read forward or backward, contain all jobs in
// order.
func (c *client) checkJobPages(t *testing.T, all []job) {
	t.Helper()
	ids := func(jobs []job) (ids []int64) {
		for _, j := range jobs {
			ids = append(ids, j.MomotorID)
		}
		return ids
	}
	var forward, backward []int64
	for vars := map[string]any{"first": 5}; ; {
		p := c.jobs(t, vars)
		if forward = append(forward, ids(p.Nodes)...); !p.PageInfo.HasNextPage {
			break
		}
		vars["after"] = p.PageInfo.EndCursor
	}
	for vars := map[string]any{"last": 5}; ; {
		p := c.jobs(t, vars)
		if backward = append(ids(p.Nodes), backward...); !p.PageInfo.HasPreviousPage {
			break
		}
		vars["before"] = p.PageInfo.StartCursor
	}
	if want := ids(all); !slices.Equal(forward, want) || !slices.Equal(backward, want) {
		t.Errorf("forward pages have %v, backward pages %v, want %v", forward, backward, want)
	}
}
