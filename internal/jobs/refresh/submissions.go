package refresh

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

// An attempt is one attempt of one student, with the attempt number of Canvas.
type attempt struct {
	canvas.Submission
	userID        int64     // in the store
	groupCanvasID canvas.ID // the student's current group; 0 is none
}

// A submission has the attempt of one student, or the equal attempts of several students of a
// group. It becomes one result, which belongs to the student of the first attempt.
type submission struct{ attempts []attempt }

// readAttempts reads all attempts from Canvas. If the pages of Canvas shift while they
// are read, Canvas lists an attempt twice. Then the second row replaces the first.
func (r *refreshRun) readAttempts(ctx context.Context) ([]attempt, error) {
	var rows []canvas.Submission
	var people []canvas.User
	for row, err := range r.client.Submissions(ctx, r.courseCanvasID, r.assignmentCanvasID) {
		if err != nil {
			return nil, err
		}
		if len(row.Attempts()) == 0 {
			continue
		}
		if row.UserID <= 0 {
			r.logSkippedRow(ctx, "submission", row.ID)
			continue
		}
		row.User.ID = row.UserID
		rows, people = append(rows, row), append(people, row.User)
	}
	if err := r.syncUsers(ctx, people); err != nil {
		return nil, err
	}
	positions := map[db.AttemptKey]int{}
	var attempts []attempt
	for _, row := range rows {
		for _, version := range row.Attempts() {
			if version.Attempt <= 0 || version.Attempt > math.MaxInt32 {
				r.logSkippedRow(ctx, "attempt", row.ID)
				continue
			}
			a := attempt{Submission: version, userID: r.userIDs[row.UserID]}
			if r.isGroupAssignment {
				a.groupCanvasID = row.Group.ID
			}
			if position, ok := positions[a.key()]; ok {
				attempts[position] = a
				continue
			}
			positions[a.key()] = len(attempts)
			attempts = append(attempts, a)
		}
	}
	return attempts, nil
}

func (a attempt) key() db.AttemptKey { return db.AttemptKey{UserID: a.userID, Number: a.Attempt} }

// groupAttempts groups attempts into submissions, and returns the earliest first. It groups
// only equal attempts of students who are in the same group now: a student who joined a group
// later submitted earlier attempts alone.
func groupAttempts(attempts []attempt) (submissions []*submission) {
	slices.SortFunc(attempts, func(a, b attempt) int {
		return cmp.Or(a.SubmittedAt.Compare(b.SubmittedAt), cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(a.userID, b.userID))
	})
	latest := map[string]*submission{}
	for _, a := range attempts {
		content := a.contentKey()
		s := latest[content]
		if content == "" || s == nil || !s.canInclude(a) {
			s = &submission{}
			submissions, latest[content] = append(submissions, s), s
		}
		s.attempts = append(s.attempts, a)
	}
	return submissions
}

// contentKey is equal for attempts with the same content in the same group. It is "" for an
// attempt that cannot belong to a group's submission.
func (a attempt) contentKey() string {
	if a.groupCanvasID == 0 || len(a.Attachments) == 0 && a.Body == "" && a.URL == "" {
		return ""
	}
	files := make([]canvas.ID, len(a.Attachments))
	for i, file := range a.Attachments {
		if files[i] = file.ID; file.ID == 0 {
			return ""
		}
	}
	slices.Sort(files)
	return fmt.Sprintf("%d %q %d %q %q", a.groupCanvasID, a.SubmissionType, files, a.URL, a.Body)
}

// canInclude reports whether an attempt with the same content was submitted at the same time as
// s, by a student who has no attempt in s.
func (s *submission) canInclude(a attempt) bool {
	return a.SubmittedAt.Sub(s.attempts[0].SubmittedAt) <= db.GroupSubmissionWindow &&
		!slices.ContainsFunc(s.attempts, func(other attempt) bool { return other.userID == a.userID })
}

// numbers returns the attempt number of each user.
func (s *submission) numbers() map[int64]int {
	numbers := make(map[int64]int, len(s.attempts))
	for _, a := range s.attempts {
		numbers[a.userID] = a.Attempt
	}
	return numbers
}

// keepUsers removes the attempts of all other users.
func (s *submission) keepUsers(users map[int64]int) {
	s.attempts = slices.DeleteFunc(s.attempts, func(a attempt) bool { _, ok := users[a.userID]; return !ok })
}

// chooseOwner chooses the student who will own the result, and moves that student's attempt
// to the front. The owner is the student who owns earlier results of the group, else the
// student with the lowest id. chooseOwner records the choice in owners.
func (s *submission) chooseOwner(owners map[int64]int64) {
	slices.SortFunc(s.attempts, func(a, b attempt) int { return cmp.Compare(a.userID, b.userID) })
	for _, a := range s.attempts {
		owner, ok := owners[a.userID]
		if i := slices.IndexFunc(s.attempts, func(a attempt) bool { return a.userID == owner }); ok && i >= 0 {
			s.attempts[0], s.attempts[i] = s.attempts[i], s.attempts[0]
			break
		}
	}
	for _, a := range s.attempts {
		owners[a.userID] = s.attempts[0].userID
	}
}
