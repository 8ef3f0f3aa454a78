package canvas

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"time"
)

// EnrollmentType is what somebody is in a course.
type EnrollmentType string

// What somebody may be in a course. The test student of Student View is none of these.
const (
	StudentEnrollment  EnrollmentType = "StudentEnrollment"
	TeacherEnrollment  EnrollmentType = "TeacherEnrollment"
	TaEnrollment       EnrollmentType = "TaEnrollment"
	DesignerEnrollment EnrollmentType = "DesignerEnrollment"
	ObserverEnrollment EnrollmentType = "ObserverEnrollment"
)

// User is somebody in Canvas. What the owner of the token may not see is empty.
type User struct {
	ID           ID        `json:"id"`
	Name         string    `json:"name"`
	SortableName string    `json:"sortable_name"`
	ShortName    string    `json:"short_name"`
	LoginID      string    `json:"login_id"`
	SISUserID    string    `json:"sis_user_id"`
	CreatedAt    time.Time `json:"created_at"`
	// Enrollments is filled by Users only.
	Enrollments []Enrollment `json:"enrollments"`
}

// Enrollment is somebody's place in a section of a course. Who is in two sections has two.
type Enrollment struct {
	ID              ID             `json:"id"`
	CourseID        ID             `json:"course_id"`
	CourseSectionID ID             `json:"course_section_id"`
	UserID          ID             `json:"user_id"`
	Type            EnrollmentType `json:"type"`
	Role            string         `json:"role"` // equal to Type unless the institution made roles of its own
	State           string         `json:"enrollment_state"`
	UpdatedAt       time.Time      `json:"updated_at"`
	// User is filled by Enrollments only.
	User User `json:"user"`
}

// Enrollments lists the active enrolments of these types in a course, with their users;
// with no type those of students.
func (c *Client) Enrollments(ctx context.Context, course ID, types ...EnrollmentType) iter.Seq2[Enrollment, error] {
	if len(types) == 0 {
		types = []EnrollmentType{StudentEnrollment}
	}
	query := url.Values{"state[]": {"active"}, "per_page": {perPage}}
	for _, t := range types {
		query.Add("type[]", string(t))
	}
	q := c.get(fmt.Sprintf("list the enrolments of course %d", course), query, "courses", course.String(), "enrollments")
	return list[Enrollment](ctx, c, q)
}

// Users lists the students of a course, each once, with their enrolments in it.
func (c *Client) Users(ctx context.Context, course ID) iter.Seq2[User, error] {
	query := url.Values{"enrollment_type[]": {"student"}, "include[]": {"enrollments"}, "per_page": {perPage}}
	q := c.get(fmt.Sprintf("list the students of course %d", course), query, "courses", course.String(), "users")
	return list[User](ctx, c, q)
}

// Self reads who the owner of the token is. Everybody may ask that, so it tells whether
// Canvas accepts the token.
func (c *Client) Self(ctx context.Context) (User, error) {
	return one[User](ctx, c, c.get("read whose token it is", nil, "users", "self"))
}
