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

// A handIn is an attempt of one student, by the number that Canvas has it under for them.
type handIn struct {
	canvas.Submission
	user  int64     // in the store
	group canvas.ID // that the student is in now; 0 is none
}

// An effort is what was handed in at once, by a student or by several for their group. It
// becomes one result, that of the student of the first hand-in.
type effort struct{ handIns []handIn }

// handIns reads the attempts of all. Of one that comes twice, since the list was shifted
// between two of its pages, the last counts.
func (s *syncing) handIns(ctx context.Context) ([]handIn, error) {
	var all []canvas.Submission
	var people []canvas.User
	for sub, err := range s.client.Submissions(ctx, s.course, s.assignment) {
		if err != nil {
			return nil, err
		}
		if len(sub.Attempts()) == 0 || s.isOdd(ctx, "submission", sub.ID, sub.UserID > 0) {
			continue
		}
		sub.User.ID = sub.UserID
		all, people = append(all, sub), append(people, sub.User)
	}
	if err := s.meet(ctx, people); err != nil {
		return nil, err
	}
	seen := map[db.AttemptKey]int{}
	var list []handIn
	for _, sub := range all {
		for _, a := range sub.Attempts() {
			if s.isOdd(ctx, "attempt", sub.ID, a.Attempt > 0 && a.Attempt <= math.MaxInt32) {
				continue
			}
			h := handIn{Submission: a, user: s.users[sub.UserID]}
			if s.byGroup {
				h.group = sub.Group.ID
			}
			if at, twice := seen[h.key()]; twice {
				list[at] = h
				continue
			}
			seen[h.key()] = len(list)
			list = append(list, h)
		}
	}
	return list, nil
}

// isOdd tells whether a row of Canvas is one that the store has no place for, and says so
// in the log.
func (s *syncing) isOdd(ctx context.Context, what string, id canvas.ID, fits bool) bool {
	if !fits {
		s.Log.WarnContext(ctx, "Canvas has something odd, which is left out", "what", what, "id", id,
			"course", s.key.CourseID, "assignment", s.key.ID)
	}
	return !fits
}

func (h handIn) key() db.AttemptKey { return db.AttemptKey{UserID: h.user, Number: h.Attempt} }

// together makes efforts of hand-ins, the first ones first. Only what members of one group
// have in common is one effort: who was grouped later did the work before alone.
func together(all []handIn) (efforts []*effort) {
	slices.SortFunc(all, func(a, b handIn) int {
		return cmp.Or(a.SubmittedAt.Compare(b.SubmittedAt), cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(a.user, b.user))
	})
	open := map[string]*effort{}
	for _, h := range all {
		content := h.content()
		e := open[content]
		if content == "" || e == nil || !e.admits(h) {
			e = &effort{}
			efforts, open[content] = append(efforts, e), e
		}
		e.handIns = append(e.handIns, h)
	}
	return efforts
}

// content tells what was handed in for which group; "" is what nothing can be one with.
func (h handIn) content() string {
	if h.group == 0 || len(h.Attachments) == 0 && h.Body == "" && h.URL == "" {
		return ""
	}
	files := make([]canvas.ID, len(h.Attachments))
	for i, a := range h.Attachments {
		if files[i] = a.ID; a.ID == 0 {
			return ""
		}
	}
	slices.Sort(files)
	return fmt.Sprintf("%d %q %d %q %q", h.group, h.SubmissionType, files, h.URL, h.Body)
}

// admits tells whether another student's hand-in of the same content is of the same time.
func (e *effort) admits(h handIn) bool {
	return h.SubmittedAt.Sub(e.handIns[0].SubmittedAt) <= db.GroupSubmissionWindow &&
		!slices.ContainsFunc(e.handIns, func(o handIn) bool { return o.user == h.user })
}

// numbers has the people of an effort, with the number of their own that it has for each.
func (e *effort) numbers() map[int64]int {
	all := make(map[int64]int, len(e.handIns))
	for _, h := range e.handIns {
		all[h.user] = h.Attempt
	}
	return all
}

// only leaves in an effort what some people handed in.
func (e *effort) only(people map[int64]int) {
	e.handIns = slices.DeleteFunc(e.handIns, func(h handIn) bool { _, in := people[h.user]; return !in })
}

// choose puts the hand-in first of the student whose result the effort becomes: of who
// handed in before for one of them, and else of the first one by id. It notes that in owners,
// who hand in for whom.
func (e *effort) choose(owners map[int64]int64) {
	slices.SortFunc(e.handIns, func(a, b handIn) int { return cmp.Compare(a.user, b.user) })
	for _, h := range e.handIns {
		owner, known := owners[h.user]
		if at := slices.IndexFunc(e.handIns, func(h handIn) bool { return h.user == owner }); known && at >= 0 {
			e.handIns[0], e.handIns[at] = e.handIns[at], e.handIns[0]
			break
		}
	}
	for _, h := range e.handIns {
		owners[h.user] = e.handIns[0].user
	}
}
