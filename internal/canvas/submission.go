package canvas

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"time"
)

// A Submission is a student's work for an assignment, or one attempt of it. Canvas has one for
// each student, even without a submitted attempt: its Attempt is 0 then.
type Submission struct {
	ID             ID        `json:"id"`
	AssignmentID   ID        `json:"assignment_id"`
	UserID         ID        `json:"user_id"`         // identifies the submission in URLs of Canvas, unlike ID
	Attempt        int       `json:"attempt"`         // from 1; 0 if not submitted
	SubmittedAt    time.Time `json:"submitted_at"`    // zero if not submitted
	WorkflowState  string    `json:"workflow_state"`  // unsubmitted, submitted, graded or pending_review
	SubmissionType string    `json:"submission_type"` // online_upload, online_url, online_text_entry and others
	Body           string    `json:"body"`
	URL            string    `json:"url"`
	Late           bool      `json:"late"`
	SecondsLate    *float64  `json:"seconds_late"` // nil if Canvas does not say
	Missing        bool      `json:"missing"`
	Excused        bool      `json:"excused"`

	Score        *float64  `json:"score"` // after deductions for lateness; nil if none
	Grade        string    `json:"grade"` // the score in the format of the assignment
	EnteredScore *float64  `json:"entered_score"`
	EnteredGrade string    `json:"entered_grade"`
	GradedAt     time.Time `json:"graded_at"`
	GraderID     ID        `json:"grader_id"` // negative for a tool, 0 if not graded
	// GradeMatchesCurrentSubmission is false if the student has submitted again after
	// grading.
	GradeMatchesCurrentSubmission bool `json:"grade_matches_current_submission"`

	// PreviewURL shows this attempt to users who are logged in to Canvas.
	PreviewURL  string       `json:"preview_url"`
	Attachments []Attachment `json:"attachments"`
	Group       Group        `json:"group"` // zero if none or not requested
	User        User         `json:"user"`  // not in a History
	// History has all attempts, including the current one. Without a submitted attempt it
	// has one with Attempt 0: use Attempts.
	History []Submission `json:"submission_history"`
	// Comments is only set by Grades.
	Comments []Comment `json:"submission_comments"`
}

// A Group is a group whose members submit together. Each member has a submission.
type Group struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// An Attachment is a submitted file. Its URL contains a secret: never log it, and use Download
// to fetch it.
type Attachment struct {
	ID          ID        `json:"id"`
	UUID        string    `json:"uuid"`
	DisplayName string    `json:"display_name"`
	Filename    string    `json:"filename"`
	ContentType string    `json:"content-type"`
	Size        int64     `json:"size"` // bytes
	URL         string    `json:"url"`
	CreatedAt   time.Time `json:"created_at"`
}

// A Comment is a comment on a submission.
type Comment struct {
	ID        ID        `json:"id"`
	AuthorID  ID        `json:"author_id"`
	Comment   string    `json:"comment"`
	CreatedAt time.Time `json:"created_at"`
}

// Attempts returns the submitted attempts in ascending order.
func (s Submission) Attempts() []Submission {
	attempts := slices.DeleteFunc(slices.Clone(s.History), func(h Submission) bool { return h.Attempt == 0 })
	slices.SortFunc(attempts, func(a, b Submission) int { return cmp.Compare(a.Attempt, b.Attempt) })
	return attempts
}

// Submissions lists the submissions of all students of a course for an assignment, with
// their history, group and user, by user id.
func (c *Client) Submissions(ctx context.Context, course, assignment ID) iter.Seq2[Submission, error] {
	return c.submissions(ctx, course, nil, assignment, "submission_history", "group", "user")
}

// SectionSubmissions is like Submissions, for the students of one section.
func (c *Client) SectionSubmissions(ctx context.Context, section, assignment ID) iter.Seq2[Submission, error] {
	return c.submissions(ctx, 0, &section, assignment, "submission_history", "group", "user")
}

// Grades lists the submissions for an assignment with their comments and group but without
// history, to read the grades in Canvas. If section is not nil, it lists only that section.
func (c *Client) Grades(ctx context.Context, course ID, section *ID, assignment ID) iter.Seq2[Submission, error] {
	return c.submissions(ctx, course, section, assignment, "submission_comments", "group")
}

func (c *Client) submissions(ctx context.Context, course ID, section *ID, assignment ID, include ...string) iter.Seq2[Submission, error] {
	q := c.get(fmt.Sprintf("list the submissions of assignment %d", assignment),
		url.Values{"include[]": include, "per_page": {perPage}},
		append(pathPrefix(course, section), "assignments", assignment.String(), "submissions")...)
	return fetchList[Submission](ctx, c, q)
}

// pathPrefix returns the start of a path, which is by course or by section.
func pathPrefix(course ID, section *ID) []string {
	if section != nil {
		return []string{"sections", section.String()}
	}
	return []string{"courses", course.String()}
}
