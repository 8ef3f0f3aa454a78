package canvas

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"time"
)

// Course is a course as GET /api/v1/courses/:id tells of it.
type Course struct {
	ID            ID        `json:"id"`
	Name          string    `json:"name"`
	CourseCode    string    `json:"course_code"`
	WorkflowState string    `json:"workflow_state"` // unpublished, available, completed or deleted
	AccountID     ID        `json:"account_id"`
	StartAt       time.Time `json:"start_at"` // zero when Canvas has none
	EndAt         time.Time `json:"end_at"`   // zero when Canvas has none
	TimeZone      string    `json:"time_zone"`
	Term          Term      `json:"term"`
}

// Term is the period that a course is given in.
type Term struct {
	ID      ID        `json:"id"`
	Name    string    `json:"name"`
	StartAt time.Time `json:"start_at"`
	EndAt   time.Time `json:"end_at"`
}

// Section is a part of the people of a course.
type Section struct {
	ID           ID     `json:"id"`
	CourseID     ID     `json:"course_id"`
	Name         string `json:"name"`
	SISSectionID string `json:"sis_section_id"` // empty when there is none, or it may not be seen
}

// Course reads a course with its term. A course that was deleted is ErrNotFound.
func (c *Client) Course(ctx context.Context, id ID) (Course, error) {
	q := c.get(fmt.Sprintf("read course %d", id), url.Values{"include[]": {"term"}}, "courses", id.String())
	return one[Course](ctx, c, q)
}

// Sections lists the sections of a course.
func (c *Client) Sections(ctx context.Context, course ID) iter.Seq2[Section, error] {
	q := c.get(fmt.Sprintf("list the sections of course %d", course), url.Values{"per_page": {perPage}},
		"courses", course.String(), "sections")
	return list[Section](ctx, c, q)
}

// get is the call of GET /api/v1/path…?query.
func (c *Client) get(op string, query url.Values, path ...string) call {
	u := c.api(path...)
	u.RawQuery = query.Encode()
	return call{op: op, url: u}
}

func (c *Client) api(path ...string) *url.URL {
	return c.base.JoinPath(append([]string{"api/v1"}, path...)...)
}
