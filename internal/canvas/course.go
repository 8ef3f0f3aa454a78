package canvas

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"time"
)

// A Course is a course as in GET /api/v1/courses/:id.
type Course struct {
	ID            ID        `json:"id"`
	Name          string    `json:"name"`
	CourseCode    string    `json:"course_code"`
	WorkflowState string    `json:"workflow_state"` // unpublished, available, completed or deleted
	AccountID     ID        `json:"account_id"`
	StartAt       time.Time `json:"start_at"` // zero if none
	EndAt         time.Time `json:"end_at"`   // zero if none
	TimeZone      string    `json:"time_zone"`
	Term          Term      `json:"term"`
}

// A Term is the enrollment term of a course.
type Term struct {
	ID      ID        `json:"id"`
	Name    string    `json:"name"`
	StartAt time.Time `json:"start_at"`
	EndAt   time.Time `json:"end_at"`
}

// A Section is a section of a course.
type Section struct {
	ID           ID     `json:"id"`
	CourseID     ID     `json:"course_id"`
	Name         string `json:"name"`
	SISSectionID string `json:"sis_section_id"` // empty if none or not visible
}

// Course reads a course with its term. The error for a deleted course is ErrNotFound.
func (c *Client) Course(ctx context.Context, id ID) (Course, error) {
	q := c.get(fmt.Sprintf("read course %d", id), url.Values{"include[]": {"term"}}, "courses", id.String())
	return fetchOne[Course](ctx, c, q)
}

// Sections lists the sections of a course.
func (c *Client) Sections(ctx context.Context, course ID) iter.Seq2[Section, error] {
	q := c.get(fmt.Sprintf("list the sections of course %d", course), url.Values{"per_page": {perPage}},
		"courses", course.String(), "sections")
	return fetchList[Section](ctx, c, q)
}

// get returns the call of GET /api/v1/path…?query.
func (c *Client) get(op string, query url.Values, path ...string) call {
	u := c.api(path...)
	u.RawQuery = query.Encode()
	return call{op: op, url: u}
}

func (c *Client) api(path ...string) *url.URL {
	return c.base.JoinPath(append([]string{"api/v1"}, path...)...)
}
