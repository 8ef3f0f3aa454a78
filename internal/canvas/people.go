package canvas

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"time"
)

// EnrollmentType is the type of an enrollment.
type EnrollmentType string

// The enrollment types. The test student of Student View has another type.
const (
	StudentEnrollment  EnrollmentType = "StudentEnrollment"
	TeacherEnrollment  EnrollmentType = "TeacherEnrollment"
	TaEnrollment       EnrollmentType = "TaEnrollment"
	DesignerEnrollment EnrollmentType = "DesignerEnrollment"
	ObserverEnrollment EnrollmentType = "ObserverEnrollment"
)

// A User is a user of Canvas. Fields that are not visible to the owner of the token are empty.
type User struct {
	ID           ID        `json:"id"`
	Name         string    `json:"name"`
	SortableName string    `json:"sortable_name"`
	ShortName    string    `json:"short_name"`
	LoginID      string    `json:"login_id"`
	SISUserID    string    `json:"sis_user_id"`
	CreatedAt    time.Time `json:"created_at"`
	// Enrollments is only set by Users and CourseUser.
	Enrollments []Enrollment `json:"enrollments"`
}

// An Enrollment is the enrollment of a user in a section. A user in two sections has two.
type Enrollment struct {
	ID              ID             `json:"id"`
	CourseID        ID             `json:"course_id"`
	CourseSectionID ID             `json:"course_section_id"`
	UserID          ID             `json:"user_id"`
	Type            EnrollmentType `json:"type"`
	Role            string         `json:"role"` // equal to Type unless the institution has defined custom roles
	State           string         `json:"enrollment_state"`
	UpdatedAt       time.Time      `json:"updated_at"`
	// User is only set by Enrollments.
	User User `json:"user"`
}

// Enrollments lists the active enrollments of the types in a course, with their users. The
// default type is StudentEnrollment.
func (c *Client) Enrollments(ctx context.Context, course ID, types ...EnrollmentType) iter.Seq2[Enrollment, error] {
	if len(types) == 0 {
		types = []EnrollmentType{StudentEnrollment}
	}
	query := url.Values{"state[]": {"active"}, "per_page": {perPage}}
	for _, t := range types {
		query.Add("type[]", string(t))
	}
	q := c.get(fmt.Sprintf("list the enrollments of course %d", course), query, "courses", course.String(), "enrollments")
	return fetchList[Enrollment](ctx, c, q)
}

// Users lists the students of a course without duplicates, with their enrollments in it.
func (c *Client) Users(ctx context.Context, course ID) iter.Seq2[User, error] {
	query := url.Values{"enrollment_type[]": {"student"}, "include[]": {"enrollments"}, "per_page": {perPage}}
	q := c.get(fmt.Sprintf("list the students of course %d", course), query, "courses", course.String(), "users")
	return fetchList[User](ctx, c, q)
}

// CourseUser reads a user of a course, with all enrollments in the course. The error for a user who was never
// in the course is ErrNotFound.
func (c *Client) CourseUser(ctx context.Context, course, user ID) (User, error) {
	q := c.get(fmt.Sprintf("read user %d of course %d", user, course), url.Values{"include[]": {"enrollments"}},
		"courses", course.String(), "users", user.String())
	return fetchOne[User](ctx, c, q)
}

// Self reads the owner of the token. It needs no permission, so it checks whether Canvas
// accepts the token.
func (c *Client) Self(ctx context.Context) (User, error) {
	return fetchOne[User](ctx, c, c.get("read the owner of the token", nil, "users", "self"))
}
