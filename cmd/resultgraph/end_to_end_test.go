package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// An assignment is configured, its submissions are fetched from Canvas and processed by the
// engine, GraphQL and REST return the same results, and the scores are uploaded to Canvas. The
// store also holds the demo data, and the engine is not the stand-in.
func TestEndToEnd(t *testing.T) {
	t.Parallel()
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		c := newDemoFixture(t, location, 6)
		for i, s := range c.students[:5] { // the last one submits nothing
			c.submit(s, float64(2*i))
		}
		p := c.serve(t, "--demo")
		c.mustSend(t, p, 200, "PATCH", c.path(), multipartType, recipeForm(testRecipe))
		c.mustSend(t, p, 204, "POST", c.path()+"refresh/", formType, "")
		c.mustSend(t, p, 429, "POST", c.path()+"refresh/", formType, "")
		p.waitFor(t, "five results in the state done", func() bool { return c.countDone(t, p) == 5 })
		c.compareAPIs(t, p)

		c.mustSend(t, p, 204, "POST", c.path()+"upload/", jsonType, `{"uploadPassed": true, "uploadFailed": true, "replaceExisting": false}`)
		p.waitFor(t, "scores that are sent", func() bool { return c.uploadStates(t, p)["SENT"] == 5 })
		for i, s := range c.students {
			g := c.canvas.Grade(s, c.assignment)
			if i == 5 && g.Score == nil {
				continue
			}
			if g.Score == nil || *g.Score != float64(2*i) || g.Changes != 1 || len(g.Comments) > 0 {
				t.Errorf("student %d has %+v in Canvas, want %d, sent once", i, g, 2*i)
			}
		}

		c.mustSend(t, p, 200, "PATCH", c.path(), jsonType, `{"paused": true, "evaluate": "old"}`)
		c.reprocess(t, p)
		if _, err := dbtest.Open(t, location).SQL().ExecContext(t.Context(), "UPDATE assignment SET refreshed_at = NULL"); err != nil {
			t.Fatal(err)
		}
		c.resubmit(t, p)
		p.shutdown(t)
	})
}

// countDone counts the results in the state done.
func (c *fixture) countDone(t *testing.T, p *subprocess) (n int) {
	t.Helper()
	for _, r := range c.results(t, p) {
		if r.State == "done" {
			n++
		}
	}
	return n
}

// uploadStates counts uploads ("upload STATE") and their scores (STATE) by state.
func (c *fixture) uploadStates(t *testing.T, p *subprocess) map[string]int {
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

// compareAPIs compares the results of GraphQL and REST.
func (c *fixture) compareAPIs(t *testing.T, p *subprocess) {
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
							Steps []struct{ TaskID string }
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
		t.Errorf("the course is %q %q and the assignment %q, want those of Canvas", course.Code, course.Name, course.Assignment.Name)
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

// reprocess evaluates all results again with another recipe while the assignment is paused and
// the engine unavailable. Results are queued with a summary that says why, and are done when the
// engine is available again.
func (c *fixture) reprocess(t *testing.T, p *subprocess) {
	t.Helper()
	c.broker.Stop()
	c.mustSend(t, p, 200, "PATCH", c.path(), multipartType, recipeForm(testRecipe+"<!-- the second -->"))
	c.mustSend(t, p, 200, "PATCH", c.path(), jsonType, `{"evaluate": "old"}`)
	countQueued := func(list []map[string]any) (n int) {
		for _, r := range list {
			if r["state"] == "queued" && r["summary"] != nil {
				n++
			}
		}
		return n
	}
	p.waitFor(t, "results that wait for the engine", func() bool {
		var list []map[string]any
		if err := json.Unmarshal(c.mustSend(t, p, 200, "GET", c.path()+"result/", "", ""), &list); err != nil {
			t.Fatal(err)
		}
		return countQueued(list) == 5
	})
	if _, err := c.broker.Listen(c.engine[len("grpc://"):]); err != nil {
		t.Fatal(err)
	}
	p.waitFor(t, "results that are done again", func() bool { return c.countDone(t, p) == 5 })
}

// resubmit submits a second attempt of a student. It becomes the latest, and its score replaces
// the first in Canvas.
func (c *fixture) resubmit(t *testing.T, p *subprocess) {
	t.Helper()
	student := c.students[0]
	c.submit(student, 9)
	c.mustSend(t, p, 200, "PATCH", c.path(), jsonType, `{"paused": false}`)
	c.mustSend(t, p, 204, "POST", c.path()+"refresh/", formType, "")
	p.waitFor(t, "second attempt that is done, in place of the first", func() bool {
		list := c.results(t, p)
		return len(list) == 5 && slices.ContainsFunc(list, func(r gradedResult) bool {
			return r.User.CanvasID == student && r.Attempt == 2 && r.Latest && r.State == "done" && *r.Accepted
		})
	})
	c.mustSend(t, p, 204, "POST", c.path()+"upload/", jsonType, `{"uploadPassed": true, "uploadFailed": true, "replaceExisting": true}`)
	p.waitFor(t, "better score in Canvas", func() bool { return *c.canvas.Grade(student, c.assignment).Score == 9 })
	p.waitFor(t, "end of the upload", func() bool { return c.uploadStates(t, p)["PENDING"] == 0 })
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
