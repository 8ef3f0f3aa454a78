package upload

import (
	"cmp"
	"maps"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

// A scorePlan says what becomes of each score of an upload.
type scorePlan struct {
	// settled are those that need not, or must not, be sent.
	settled []*db.ScoreOutcome
	parcels []parcel
}

// A parcel is one grade to send, for a student or for the group of one.
type parcel struct {
	student  canvas.ID
	grade    string
	outcomes []*db.ScoreOutcome // of everybody who gets it
}

// A planner decides what to send. All that it goes by was read before.
type planner struct {
	upload     *db.ScoreUpload
	assignment canvas.Assignment
	scores     []*db.UploadScore
	standings  map[canvas.ID]standing
	// users are the ids in the store of the students of scores and their groups.
	users map[canvas.ID]int64
	// known are the outcomes that were there before. Of these, those pending may be on
	// their way no more: they are decided again.
	known []*db.KnownOutcome

	plan    scorePlan
	decided map[int64]bool // users
}

// A share is those who get one grade: a student, or the members of a group.
type share struct {
	members []canvas.ID
	// best is the result that counts for them.
	best *db.UploadScore
	// inSection tells that one of them is in the upload's section.
	inSection bool
}

// run makes the plan.
func (p *planner) run() scorePlan {
	p.decided = map[int64]bool{}
	for _, k := range p.known {
		p.decided[k.UserID] = k.State != db.ScorePending
	}
	for _, s := range p.shares() {
		if s.inSection && p.wanted(s.best) {
			p.decide(s)
		}
	}
	for _, k := range p.known { // it was to be sent, and is not any more
		if !p.decided[k.UserID] {
			p.settle(k.UserID, db.ScoreRefused, k.Grade, p.whyNot(k.UserID))
		}
	}
	return p.plan
}

// whyNot says why a score that was to be sent is not: nobody knows, when it was, whether
// Canvas got it, and now there is another in its place, or none.
func (p *planner) whyNot(user int64) string {
	for _, s := range p.scores {
		if s.UserID == user && s.State != db.StateDone {
			return whyAgain
		}
	}
	return whyGone
}

// wanted tells whether a result's score is among those that were asked for.
func (p *planner) wanted(s *db.UploadScore) bool {
	if s.State != db.StateDone || s.Accepted == nil || s.HasError != nil && *s.HasError {
		return false
	}
	if *s.Accepted {
		return p.upload.Passed
	}
	return p.upload.Failed
}

// shares are all who get a grade together, in a fixed order. Who is in a group is what Canvas
// says: there the grade is written for all of it.
func (p *planner) shares() []*share {
	var all []*share
	groups := map[canvas.ID]*share{}
	for _, s := range p.scores {
		student := canvas.ID(s.UserCanvasID)
		group := canvas.ID(0)
		if p.assignment.ByGroup() {
			group = p.standings[student].group
		}
		sh := groups[group]
		if group == 0 || sh == nil {
			sh = &share{members: []canvas.ID{student}, best: s}
			all = append(all, sh)
			if group != 0 {
				groups[group], sh.members = sh, p.members(group)
			}
		}
		if later(s, sh.best) {
			sh.best = s
		}
		sh.inSection = sh.inSection || s.InSection
	}
	return all
}

// later tells whether a result counts more than another.
func later(a, b *db.UploadScore) bool {
	return cmp.Or(cmp.Compare(a.Attempt, b.Attempt), a.SubmittedAt.Compare(b.SubmittedAt), cmp.Compare(a.ResultID, b.ResultID)) > 0
}

// members are those of a group in Canvas, by id.
func (p *planner) members(group canvas.ID) []canvas.ID {
	var ids []canvas.ID
	for _, id := range slices.Sorted(maps.Keys(p.standings)) {
		if p.standings[id].group == group {
			ids = append(ids, id)
		}
	}
	return ids
}

// decide settles who gets nothing, and makes a parcel for the others.
func (p *planner) decide(s *share) {
	grade, why := gradeOf(p.assignment, s.best)
	if why != "" {
		for _, m := range s.members {
			p.settleStudent(m, db.ScoreRefused, nil, why)
		}
		return
	}
	blocked := !p.upload.ReplaceExisting && slices.ContainsFunc(s.members, func(m canvas.ID) bool {
		st := p.standings[m]
		return !st.excused && st.graded() && !st.has(grade)
	})
	pack := parcel{grade: grade}
	for _, m := range s.members {
		switch st, there := p.standings[m]; {
		case !there: // nobody could tell what a grade would replace
			p.settleStudent(m, db.ScoreRefused, nil, whyAbsent)
		case st.excused:
			p.settleStudent(m, db.ScoreKept, nil, whyExcused)
		case st.has(grade):
			p.settleStudent(m, db.ScoreSent, &grade, whyThere)
		case blocked && st.graded():
			p.settleStudent(m, db.ScoreKept, nil, st.keptReason())
		case blocked:
			p.settleStudent(m, db.ScoreKept, nil, whyMate)
		default:
			p.pack(&pack, m)
		}
	}
	if len(pack.outcomes) > 0 {
		p.plan.parcels = append(p.plan.parcels, pack)
	}
}

// pack adds a member to those who get a parcel. It goes to the first of them: an excused
// one, to whom it went, would be excused no longer.
func (p *planner) pack(pack *parcel, m canvas.ID) {
	user, known := p.users[m]
	if !known || p.decided[user] {
		return
	}
	p.decided[user] = true
	if len(pack.outcomes) == 0 {
		pack.student = m
	}
	pack.outcomes = append(pack.outcomes, p.outcome(user, db.ScorePending, &pack.grade, ""))
}

func (p *planner) settleStudent(m canvas.ID, state db.ScoreState, grade *string, why string) {
	if user, known := p.users[m]; known {
		p.settle(user, state, grade, why)
	}
}

func (p *planner) settle(user int64, state db.ScoreState, grade *string, why string) {
	if p.decided[user] {
		return
	}
	p.decided[user] = true
	p.plan.settled = append(p.plan.settled, p.outcome(user, state, grade, why))
}

func (p *planner) outcome(user int64, state db.ScoreState, grade *string, why string) *db.ScoreOutcome {
	o := &db.ScoreOutcome{CourseID: p.upload.CourseID, UploadID: p.upload.MomotorID, UserID: user, State: state, Grade: grade}
	if why != "" {
		o.Reason = &why
	}
	return o
}
