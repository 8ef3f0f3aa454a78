package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// The whole way: an assignment is configured, its submissions come from Canvas, the engine
// processes them, GraphQL and REST say the same of them, and their scores go to Canvas. The
// demo is served, too, and the engine is the real one.
func TestEndToEnd(t *testing.T) {
	t.Parallel()
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		c := newDemoCampus(t, location, 6)
		for i, s := range c.students[:5] { // the last one hands in nothing
			c.submit(s, float64(2*i))
		}
		p := c.serve(t, "--demo")
		c.demand(t, p, 200, "PATCH", c.path(), inParts, recipe(testRecipe))
		c.demand(t, p, 204, "POST", c.path()+"refresh/", inForm, "")
		c.demand(t, p, 429, "POST", c.path()+"refresh/", inForm, "")
		p.until(t, "five results that are done", func() bool { return c.done(t, p) == 5 })
		c.sameByGraphQL(t, p)

		c.demand(t, p, 204, "POST", c.path()+"upload/", inJSON, `{"uploadPassed": true, "uploadFailed": true, "replaceExisting": false}`)
		p.until(t, "scores that are sent", func() bool { return c.sent(t, p)["SENT"] == 5 })
		for i, s := range c.students {
			g := c.canvas.Grade(s, c.assignment)
			if i == 5 && g.Score == nil {
				continue
			}
			if g.Score == nil || *g.Score != float64(2*i) || g.Times != 1 || len(g.Comments) > 0 {
				t.Errorf("student %d has %+v in Canvas, want %d, given once", i, g, 2*i)
			}
		}

		c.demand(t, p, 200, "PATCH", c.path(), inJSON, `{"paused": true, "evaluate": "old"}`)
		c.again(t, p)
		if _, err := dbtest.Open(t, location).SQL().ExecContext(t.Context(), "UPDATE assignment SET refreshed_at = NULL"); err != nil {
			t.Fatal(err)
		}
		c.better(t, p)
		p.end(t)
	})
}

// done counts the results that are done.
func (c *campus) done(t *testing.T, p *process) (n int) {
	t.Helper()
	for _, r := range c.results(t, p) {
		if r.State == "done" {
			n++
		}
	}
	return n
}

// sent counts what became of scores, over all uploads.
func (c *campus) sent(t *testing.T, p *process) map[string]int {
	t.Helper()
	var got struct {
		Account struct {
			Course struct {
				Assignment struct {
					Uploads struct {
						Nodes []struct {
							State    string
							Outcomes struct{ Nodes []struct{ State string } }
						}
					}
				}
			}
		}
	}
	c.graphql(t, p, fmt.Sprintf(`{ account(momotorId: %d) { course(canvasId: %d) { assignment(canvasId: %d) { uploads(first: 100) { nodes { state outcomes(first: 100) { nodes { state } } } } } } } }`, account, c.course, c.assignment), &got)
	count := map[string]int{}
	for _, u := range got.Account.Course.Assignment.Uploads.Nodes {
		count["upload "+u.State]++
		for _, o := range u.Outcomes.Nodes {
			count[o.State]++
		}
	}
	return count
}

// sameByGraphQL compares the two ways to read results.
func (c *campus) sameByGraphQL(t *testing.T, p *process) {
	t.Helper()
	var got struct {
		Account struct {
			Course struct {
				Name, Code string
				Assignment struct {
					Name    string
					Results struct {
						Nodes []struct {
							Score      *float64
							Accepted   *bool
							SequenceID int64 `json:"sequenceId"`
							User       struct {
								Name     string
								CanvasID int64
							}
							Steps [][]struct{ TaskID string }
						}
					}
				}
			}
		}
	}
	c.graphql(t, p, fmt.Sprintf(`{ account(momotorId: %d) { course(canvasId: %d) { name code assignment(canvasId: %d) { name
		results(first: 100) { nodes { score accepted sequenceId user { name canvasId } steps { taskId } } } } } } }`, account, c.course, c.assignment), &got)
	course := got.Account.Course
	if course.Name != "Programming" || course.Code != "2IP90" || course.Assignment.Name != "Loops" {
		t.Errorf("the course is %q %q, the assignment %q, as they were before Canvas was asked", course.Code, course.Name, course.Assignment.Name)
	}
	rest := map[int64]gradedResult{}
	for _, r := range c.results(t, p) {
		rest[r.User.CanvasID] = r
	}
	for _, n := range course.Assignment.Results.Nodes {
		r := rest[n.User.CanvasID]
		if *n.Score != 99 || *r.Score != 99 || *n.Accepted != *r.Accepted || n.SequenceID != r.Sequence || len(n.Steps) != 2 || n.User.Name == "" {
			t.Errorf("GraphQL says %+v, REST %+v", n, r)
		}
	}
	if len(rest) != 5 || len(course.Assignment.Results.Nodes) != 5 {
		t.Errorf("%d results by REST, %d by GraphQL, want 5", len(rest), len(course.Assignment.Results.Nodes))
	}
}

// again processes everything again with another recipe, while the assignment is paused and
// the engine away: results wait and say why, and are done once it is back.
func (c *campus) again(t *testing.T, p *process) {
	t.Helper()
	c.broker.Stop()
	c.demand(t, p, 200, "PATCH", c.path(), inParts, recipe(testRecipe+"<!-- the second -->"))
	c.demand(t, p, 200, "PATCH", c.path(), inJSON, `{"evaluate": "old"}`)
	waits := func(list []map[string]any) (n int) {
		for _, r := range list {
			if r["state"] == "queued" && r["summary"] != nil {
				n++
			}
		}
		return n
	}
	p.until(t, "results that wait for the engine", func() bool {
		var list []map[string]any
		if err := json.Unmarshal(c.demand(t, p, 200, "GET", c.path()+"result/", "", ""), &list); err != nil {
			t.Fatal(err)
		}
		return waits(list) == 5
	})
	if _, err := c.broker.Listen(c.engine[len("grpc://"):]); err != nil {
		t.Fatal(err)
	}
	p.until(t, "results that are done again", func() bool { return c.done(t, p) == 5 })
}

// better has a student hand in once more: the new attempt is the latest, and its score
// replaces the old one in Canvas.
func (c *campus) better(t *testing.T, p *process) {
	t.Helper()
	student := c.students[0]
	c.submit(student, 9)
	c.demand(t, p, 200, "PATCH", c.path(), inJSON, `{"paused": false}`)
	c.demand(t, p, 204, "POST", c.path()+"refresh/", inForm, "")
	p.until(t, "second attempt that is done, in place of the first", func() bool {
		list := c.results(t, p)
		return len(list) == 5 && slices.ContainsFunc(list, func(r gradedResult) bool {
			return r.User.CanvasID == student && r.Attempt == 2 && r.Latest && r.State == "done" && *r.Accepted
		})
	})
	c.demand(t, p, 204, "POST", c.path()+"upload/", inJSON, `{"uploadPassed": true, "uploadFailed": true, "replaceExisting": true}`)
	p.until(t, "better score in Canvas", func() bool { return *c.canvas.Grade(student, c.assignment).Score == 9 })
	p.until(t, "end of the upload", func() bool { return c.sent(t, p)["PENDING"] == 0 })
	for i, s := range c.students[:5] {
		want := float64(2 * i)
		if i == 0 {
			want = 9
		}
		if g := c.canvas.Grade(s, c.assignment); *g.Score != want || len(g.Comments) > 0 {
			t.Errorf("student %d has %+v in Canvas, want %v", i, g, want)
		}
	}
}
