package upload

import (
	"cmp"
	"maps"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

// A scorePlan has the outcome of each score of an upload.
type scorePlan struct {
	// unsent are the outcomes of scores that are not sent.
	unsent  []*db.ScoreOutcome
	batches []gradeBatch
}

// A gradeBatch is one grade to send, for a student or for the student's group.
type gradeBatch struct {
	student  canvas.ID
	grade    string
	outcomes []*db.ScoreOutcome // of each student who gets the grade
}

// A planner decides which scores to send. It reads nothing from the store or from Canvas.
type planner struct {
	upload       *db.ScoreUpload
	assignment   canvas.Assignment
	scores       []*db.UploadScore
	canvasGrades map[canvas.ID]canvasGrade
	// userIDs are the ids in the store of the students with scores and of their groups.
	userIDs map[canvas.ID]int64
	// known are the recorded outcomes. Pending ones are decided again, because their grades
	// most likely have not arrived.
	known []*db.KnownOutcome

	plan    scorePlan
	decided map[int64]bool // by user id
}

// A gradeGroup has the students who get one grade: a single student or the members of a group.
type gradeGroup struct {
	members []canvas.ID
	// latest is the latest result of the members. Its score is sent.
	latest *db.UploadScore
	// inSection reports whether a member is in the section of the upload.
	inSection bool
}

// makePlan makes the plan.
func (p *planner) makePlan() scorePlan {
	p.decided = map[int64]bool{}
	for _, k := range p.known {
		p.decided[k.UserID] = k.State != db.ScorePending
	}
	for _, g := range p.groups() {
		if g.inSection && p.isRequested(g.latest) {
			p.decideGroup(g)
		}
	}
	for _, k := range p.known { // pending scores that must not be sent any more
		if !p.decided[k.UserID] {
			p.decideUser(k.UserID, db.ScoreRefused, k.Grade, p.withdrawalReason(k.UserID))
		}
	}
	return p.plan
}

// withdrawalReason says why a pending score is not sent any more.
func (p *planner) withdrawalReason(userID int64) string {
	for _, s := range p.scores {
		if s.UserID == userID && s.State != db.StateDone {
			return reasonUnfinished
		}
	}
	return reasonNoResult
}

// isRequested reports whether the caller requested the scores of results with this
// outcome.
func (p *planner) isRequested(s *db.UploadScore) bool {
	if s.State != db.StateDone || s.Accepted == nil || s.HasError != nil && *s.HasError {
		return false
	}
	if *s.Accepted {
		return p.upload.Passed
	}
	return p.upload.Failed
}

// groups returns the groups of students that get one grade each, in a fixed order. It takes
// the members from Canvas, which writes the grade of a group for all members.
func (p *planner) groups() []*gradeGroup {
	var groups []*gradeGroup
	byID := map[canvas.ID]*gradeGroup{}
	for _, s := range p.scores {
		student := canvas.ID(s.UserCanvasID)
		id := canvas.ID(0)
		if p.assignment.ByGroup() {
			id = p.canvasGrades[student].group
		}
		group := byID[id]
		if id == 0 || group == nil {
			group = &gradeGroup{members: []canvas.ID{student}, latest: s}
			groups = append(groups, group)
			if id != 0 {
				byID[id], group.members = group, p.members(id)
			}
		}
		if isLater(s, group.latest) {
			group.latest = s
		}
		group.inSection = group.inSection || s.InSection
	}
	return groups
}

// isLater reports whether a is the score of a later result than b.
func isLater(a, b *db.UploadScore) bool {
	return cmp.Or(cmp.Compare(a.Attempt, b.Attempt), a.SubmittedAt.Compare(b.SubmittedAt), cmp.Compare(a.ResultID, b.ResultID)) > 0
}

// members returns the members of a group in Canvas, by id.
func (p *planner) members(group canvas.ID) []canvas.ID {
	var ids []canvas.ID
	for _, id := range slices.Sorted(maps.Keys(p.canvasGrades)) {
		if p.canvasGrades[id].group == group {
			ids = append(ids, id)
		}
	}
	return ids
}

// decideGroup decides which members get no grade, and makes a batch for the other members.
func (p *planner) decideGroup(g *gradeGroup) {
	grade, reason := gradeToSend(p.assignment, g.latest)
	if reason != "" {
		for _, member := range g.members {
			p.decideStudent(member, db.ScoreRefused, nil, reason)
		}
		return
	}
	blocked := !p.upload.ReplaceExisting && slices.ContainsFunc(g.members, func(member canvas.ID) bool {
		current := p.canvasGrades[member]
		return !current.excused && current.exists() && !current.equals(grade)
	})
	batch := gradeBatch{grade: grade}
	for _, member := range g.members {
		switch current, ok := p.canvasGrades[member]; {
		case !ok: // it is unknown which grade would be replaced
			p.decideStudent(member, db.ScoreRefused, nil, reasonAbsent)
		case current.excused:
			p.decideStudent(member, db.ScoreKept, nil, reasonExcused)
		case current.equals(grade):
			p.decideStudent(member, db.ScoreSent, &grade, reasonUnchanged)
		case blocked && current.exists():
			p.decideStudent(member, db.ScoreKept, nil, current.keptReason())
		case blocked:
			p.decideStudent(member, db.ScoreKept, nil, reasonMemberHasGrade)
		default:
			p.addMember(&batch, member)
		}
	}
	if len(batch.outcomes) > 0 {
		p.plan.batches = append(p.plan.batches, batch)
	}
}

// addMember adds a student to a batch. The grade is sent to the first student of the batch. The
// student must not be excused, because a grade would end the excuse.
func (p *planner) addMember(batch *gradeBatch, member canvas.ID) {
	userID, known := p.userIDs[member]
	if !known || p.decided[userID] {
		return
	}
	p.decided[userID] = true
	if len(batch.outcomes) == 0 {
		batch.student = member
	}
	batch.outcomes = append(batch.outcomes, p.outcome(userID, db.ScorePending, &batch.grade, ""))
}

// decideStudent decides the score of a student with an id in Canvas, if the store has the student.
func (p *planner) decideStudent(student canvas.ID, state db.ScoreState, grade *string, reason string) {
	if userID, known := p.userIDs[student]; known {
		p.decideUser(userID, state, grade, reason)
	}
}

// decideUser decides the score of a user, unless it is decided already.
func (p *planner) decideUser(userID int64, state db.ScoreState, grade *string, reason string) {
	if p.decided[userID] {
		return
	}
	p.decided[userID] = true
	p.plan.unsent = append(p.plan.unsent, p.outcome(userID, state, grade, reason))
}

func (p *planner) outcome(userID int64, state db.ScoreState, grade *string, reason string) *db.ScoreOutcome {
	o := &db.ScoreOutcome{CourseID: p.upload.CourseID, UploadID: p.upload.MomotorID, UserID: userID, State: state, Grade: grade}
	if reason != "" {
		o.Reason = &reason
	}
	return o
}
