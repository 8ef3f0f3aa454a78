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

// wait puts work into the queue.
func wait(t *testing.T, s *db.Store, work ...river.JobArgs) {
	t.Helper()
	q, err := jobs.NewQueue(s)
	if err != nil {
		t.Fatal(err)
	}
	err = change.InTx(t.Context(), s, time.Now(), func(ctx context.Context, c *change.Tx) error { return q.Insert(ctx, c.SQLTx(), work...) })
	if err != nil {
		t.Fatal(err)
	}
}

// workOf gives a class work of every kind and in every state, to some of which nothing belongs.
func workOf(t *testing.T, s *db.Store, c *class) {
	t.Helper()
	course := c.course.MomotorID
	for _, id := range idsOf(t, s, "result", c)[:8] {
		wait(t, s, jobs.ProcessResult{CourseID: course, ResultID: id})
	}
	wait(t, s, jobs.ProcessResult{CourseID: course, ResultID: 1 << 40}, jobs.RefreshAssignment{CourseID: course, AssignmentID: c.assignment.MomotorID},
		jobs.UploadScores{CourseID: course, UploadID: idsOf(t, s, "upload", c)[0]}, jobs.RefreshAssignment{CourseID: course, AssignmentID: 1 << 40}, refresh.Schedule{})
	failed := `'[{"error":"first"},{"error":"Canvas said <no> \u2028 \"😀\""}]'`
	if s.DB().SupportsLateral() { // PostgreSQL
		failed = "ARRAY(SELECT jsonb_array_elements(" + failed + "))"
	} else {
		failed = "jsonb(" + failed + ")"
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
			set += ", errors = " + failed
		}
		of := fmt.Sprintf(" WHERE id %% 8 = %d AND kind <> 'sync'", i)
		if _, err := s.SQL().ExecContext(t.Context(), "UPDATE river_job SET "+set+of); err != nil {
			t.Fatal(err)
		}
	}
}

// idsOf reads the ids of a table's rows that are of a class.
func idsOf(t *testing.T, s *db.Store, table string, c *class) (ids []int64) {
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

// A job is one of the answer.
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

// jobs asks for a page of the jobs of course 1001.
func (c *client) jobs(t *testing.T, variables map[string]any) jobPage {
	t.Helper()
	var answer struct {
		Account struct{ Course struct{ Jobs jobPage } }
	}
	c.query(t, jobsQuery, variables, &answer)
	return answer.Account.Course.Jobs
}

func TestJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		one, two := newClass(t, s, 1001, 7, "one"), newClass(t, s, 1002, 2, "two")
		sendScores(t, s, one)
		workOf(t, s, one)
		wait(t, s, jobs.RefreshAssignment{CourseID: two.course.MomotorID, AssignmentID: two.assignment.MomotorID})
		c := serve(t, s).withKey(t, s, one.course.MomotorID)
		all := c.jobs(t, nil)
		if all.TotalCount != 12 || len(all.Nodes) != 12 {
			t.Fatalf("%d jobs of %d, want 12", len(all.Nodes), all.TotalCount)
		}
		seen := map[string]int{}
		for i, j := range all.Nodes {
			if i > 0 && j.MomotorID >= all.Nodes[i-1].MomotorID {
				t.Errorf("job %d comes after %d, want the newest first", j.MomotorID, all.Nodes[i-1].MomotorID)
			}
			if j.Result != nil && j.Kind != "PROCESS" || (j.Upload != nil) != (j.Kind == "UPLOAD") || j.Assignment != nil && j.Assignment.Name != "one" {
				t.Errorf("a job is %+v", j)
			}
			if j.Assignment == nil {
				seen["gone"]++
			}
			if strings.HasPrefix(j.Failure, "Canvas said <no>") {
				seen["failure"]++
			}
			seen[j.Kind]++
			seen[j.State]++
		}
		if want := map[string]int{
			"PROCESS": 9, "REFRESH": 2, "UPLOAD": 1, "gone": 2, "failure": seen["failure"],
			"WAITING": 3, "RUNNING": 2, "POSTPONED": 2, "RETRYING": 2, "DONE": 1, "FAILED": 2,
		}; !maps.Equal(seen, want) || seen["failure"] < 3 {
			t.Errorf("there are %v, want %v", seen, want)
		}
		filtered := c.jobs(t, map[string]any{"filter": map[string]any{"kind": []string{"REFRESH", "PROCESS"}, "state": []string{"RUNNING", "FAILED"}}})
		for _, j := range filtered.Nodes {
			if j.Kind == "UPLOAD" || j.State != "RUNNING" && j.State != "FAILED" {
				t.Errorf("a filtered job is %+v", j)
			}
		}
		if n := len(filtered.Nodes); n < 3 || n > 4 || filtered.TotalCount != n {
			t.Errorf("%d filtered jobs of %d, want 3 or 4", n, filtered.TotalCount)
		}
		c.walkJobs(t, all.Nodes)
		if status, body := c.post(t, jobsQuery, map[string]any{"after": "x"}); !strings.Contains(string(body), "BAD_USER_INPUT") {
			t.Errorf("a foreign cursor answers %d %s", status, body)
		}
		stranger := serve(t, s).withKey(t, s, two.course.MomotorID)
		if _, body := stranger.post(t, jobsQuery, nil); strings.Contains(string(body), "PROCESS") {
			t.Errorf("a key for another course sees %s", body)
		}
	})
}

// walkJobs demands that pages of five, from either end, are the whole list.
func (c *client) walkJobs(t *testing.T, all []job) {
	t.Helper()
	ids := func(jobs []job) (ids []int64) {
		for _, j := range jobs {
			ids = append(ids, j.MomotorID)
		}
		return ids
	}
	var forth, back []int64
	for vars := map[string]any{"first": 5}; ; {
		p := c.jobs(t, vars)
		if forth = append(forth, ids(p.Nodes)...); !p.PageInfo.HasNextPage {
			break
		}
		vars["after"] = p.PageInfo.EndCursor
	}
	for vars := map[string]any{"last": 5}; ; {
		p := c.jobs(t, vars)
		if back = append(ids(p.Nodes), back...); !p.PageInfo.HasPreviousPage {
			break
		}
		vars["before"] = p.PageInfo.StartCursor
	}
	if want := ids(all); !slices.Equal(forth, want) || !slices.Equal(back, want) {
		t.Errorf("the pages hold %v and %v, want %v", forth, back, want)
	}
}
