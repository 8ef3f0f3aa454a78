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

// Submission is a student's work for an assignment, or one attempt of it. Canvas has one
// for each student, also for those who handed in nothing: its Attempt is 0 then.
type Submission struct {
	ID             ID        `json:"id"`
	AssignmentID   ID        `json:"assignment_id"`
	UserID         ID        `json:"user_id"`         // this, not ID, names a submission in Canvas' addresses
	Attempt        int       `json:"attempt"`         // from 1; 0 when nothing was handed in
	SubmittedAt    time.Time `json:"submitted_at"`    // zero when nothing was handed in
	WorkflowState  string    `json:"workflow_state"`  // unsubmitted, submitted, graded or pending_review
	SubmissionType string    `json:"submission_type"` // online_upload, online_url, online_text_entry and others
	Body           string    `json:"body"`
	URL            string    `json:"url"`
	Late           bool      `json:"late"`
	Missing        bool      `json:"missing"`
	Excused        bool      `json:"excused"`

	Score        *float64  `json:"score"` // after deductions for lateness; nil when there is none
	Grade        string    `json:"grade"` // the score as the assignment writes it
	EnteredScore *float64  `json:"entered_score"`
	EnteredGrade string    `json:"entered_grade"`
	GradedAt     time.Time `json:"graded_at"`
	GraderID     ID        `json:"grader_id"` // negative when a tool graded, 0 when nobody did
	// GradeMatchesCurrentSubmission is false when the student handed in again after the
	// grade was given.
	GradeMatchesCurrentSubmission bool `json:"grade_matches_current_submission"`

	// PreviewURL shows this attempt to those who are logged in to Canvas.
	PreviewURL  string       `json:"preview_url"`
	Attachments []Attachment `json:"attachments"`
	Group       Group        `json:"group"` // zero when the student is in none, or it was not asked for
	User        User         `json:"user"`  // not in a History
	// History has every attempt, also the current one. Of a student who handed in nothing
	// it has one with Attempt 0: use Attempts.
	History []Submission `json:"submission_history"`
	// Comments is filled by Grades only.
	Comments []Comment `json:"submission_comments"`
}

// Group is the group whose members hand in together. Each member has a submission.
type Group struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// Attachment is a file that was handed in. Its URL holds a secret: it is to be kept out of
// logs, and fetched with Download.
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

// Comment is a remark on a submission.
type Comment struct {
	ID        ID        `json:"id"`
	AuthorID  ID        `json:"author_id"`
	Comment   string    `json:"comment"`
	CreatedAt time.Time `json:"created_at"`
}

// Attempts are the attempts that were made, the first one first.
func (s Submission) Attempts() []Submission {
	made := slices.DeleteFunc(slices.Clone(s.History), func(h Submission) bool { return h.Attempt == 0 })
	slices.SortFunc(made, func(a, b Submission) int { return cmp.Compare(a.Attempt, b.Attempt) })
	return made
}

// Submissions lists the submissions of all students of a course for an assignment, with
// their history, group and user, by user id.
func (c *Client) Submissions(ctx context.Context, course, assignment ID) iter.Seq2[Submission, error] {
	return c.submissions(ctx, course, nil, assignment, "submission_history", "group", "user")
}

// SectionSubmissions is Submissions for the students of one section.
func (c *Client) SectionSubmissions(ctx context.Context, section, assignment ID) iter.Seq2[Submission, error] {
	return c.submissions(ctx, 0, &section, assignment, "submission_history", "group", "user")
}

// Grades lists the submissions for an assignment with their comments and group but
// without history: what it takes to see which grades Canvas has. A section may narrow it.
func (c *Client) Grades(ctx context.Context, course ID, section *ID, assignment ID) iter.Seq2[Submission, error] {
	return c.submissions(ctx, course, section, assignment, "submission_comments", "group")
}

func (c *Client) submissions(ctx context.Context, course ID, section *ID, assignment ID, include ...string) iter.Seq2[Submission, error] {
	q := c.get(fmt.Sprintf("list the submissions of assignment %d", assignment),
		url.Values{"include[]": include, "per_page": {perPage}},
		append(scope(course, section), "assignments", assignment.String(), "submissions")...)
	return list[Submission](ctx, c, q)
}

// scope begins a path: Canvas has most addresses by course and by section.
func scope(course ID, section *ID) []string {
	if section != nil {
		return []string{"sections", section.String()}
	}
	return []string{"courses", course.String()}
}
