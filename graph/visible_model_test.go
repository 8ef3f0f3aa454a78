package graph_test

import (
	"slices"

	"github.com/momotor/resultgraph/db"
)

// This file is a model of what callers may see, as Momotor's manual describes the roles. It selects rows in Go
// and shares no code with the rules of package db.

// A modelCaller is a caller of random stores: an API key or, if the key is nil, a person.
type modelCaller struct {
	name   string
	key    *db.APIKey
	person *db.User
	// header and value are the credentials.
	header, value string
}

// A model says what a caller may see of some rows.
type model struct {
	*storeRows
	caller *modelCaller
}

// hasRole reports whether the caller has one of some roles in a course. A key has those of a teacher.
func (m *model) hasRole(course int64, roles ...db.Role) bool {
	if k := m.caller.key; k != nil {
		return slices.Contains(roles, db.RoleTeacher) && slices.Contains(m.keyCourses[k.MomotorID], course)
	}
	return slices.ContainsFunc(m.enrollments, func(e *db.Enrollment) bool {
		return e.CourseID == course && e.UserID == m.caller.person.MomotorID && slices.Contains(roles, e.Role)
	})
}

func (m *model) seesCourse(id int64) bool {
	return m.hasRole(id, db.RoleTeacher, db.RoleTA, db.RoleDesigner, db.RoleStudent)
}
func (m *model) reviews(course int64) bool { return m.hasRole(course, db.RoleTeacher, db.RoleTA) }
func (m *model) learns(course int64) bool  { return m.hasRole(course, db.RoleStudent) }

// belongsTo reports whether a result is that of a person or of a group with the person.
func (m *model) belongsTo(r *db.Result, user int64) bool {
	return r.UserID == user || slices.ContainsFunc(m.members, func(g *db.Member) bool { return g.ResultID == r.MomotorID && g.UserID == user })
}

// seesResult: reviewers see all results, learners those of their own that are published and not secret.
func (m *model) seesResult(r *db.Result) bool {
	if m.reviews(r.CourseID) {
		return true
	}
	isPublished := slices.ContainsFunc(m.assignments, func(a *db.Assignment) bool { return a.MomotorID == r.AssignmentID && a.Published })
	return m.learns(r.CourseID) && isPublished && !isTrue(r.Secret) && m.belongsTo(r, m.caller.person.MomotorID)
}

// seesSteps reports whether the caller sees the steps of a result: learners see those of results without error.
func (m *model) seesSteps(r *db.Result) bool {
	return m.reviews(r.CourseID) || m.seesResult(r) && r.State == db.StateDone && !isTrue(r.HasError)
}

// seesPerson: reviewers see the people of their course, and others see themselves. Learners also see the
// members of the groups of their results.
func (m *model) seesPerson(course, user int64) bool {
	if !m.seesCourse(course) {
		return false
	}
	isInCourse := slices.ContainsFunc(m.enrollments, func(e *db.Enrollment) bool { return e.CourseID == course && e.UserID == user })
	for _, r := range m.results {
		if r.CourseID != course || !m.belongsTo(r, user) {
			continue
		}
		isInCourse = true
		if m.learns(course) && m.seesResult(r) {
			return true
		}
	}
	if m.reviews(course) {
		return isInCourse
	}
	return m.caller.person.MomotorID == user
}

func (m *model) seesBundle(b *db.Bundle) bool {
	if m.reviews(b.CourseID) {
		return true
	}
	if b.ResultID == nil {
		return m.hasRole(b.CourseID, db.RoleDesigner)
	}
	return b.Kind == db.BundleProduct && slices.ContainsFunc(m.results, func(r *db.Result) bool { return r.MomotorID == *b.ResultID && m.seesResult(r) })
}

// visible returns copies of the rows that the caller sees, with the values that the caller sees.
func (m *model) visible() *storeRows {
	v := &storeRows{keyCourses: m.keyCourses}
	v.courses = selectRows(m.courses, func(c *db.Course) bool { return m.seesCourse(c.MomotorID) })
	v.accounts = selectRows(m.accounts, func(a *db.Account) bool {
		isOwn := m.caller.person != nil && m.caller.person.AccountID == a.MomotorID // the row of the person needs it
		return isOwn || slices.ContainsFunc(v.courses, func(c *db.Course) bool { return c.AccountID == a.MomotorID })
	})
	v.sections = selectRows(m.sections, func(s *db.Section) bool { return m.seesCourse(s.CourseID) })
	v.assignments = selectRows(m.assignments, func(a *db.Assignment) bool { return m.seesCourse(a.CourseID) })
	v.users = selectRows(m.users, func(u *db.User) bool {
		isCaller := m.caller.person != nil && m.caller.person.MomotorID == u.MomotorID
		return isCaller || slices.ContainsFunc(m.courses, func(c *db.Course) bool { return m.seesPerson(c.MomotorID, u.MomotorID) })
	})
	v.enrollments = selectRows(m.enrollments, func(e *db.Enrollment) bool { return m.seesPerson(e.CourseID, e.UserID) })
	v.results = selectRows(m.results, m.seesResult)
	for _, r := range v.results {
		if !m.reviews(r.CourseID) {
			hideFromLearner(r)
		}
	}
	seen := func(course, id int64) *db.Result {
		i := slices.IndexFunc(m.results, func(r *db.Result) bool { return r.CourseID == course && r.MomotorID == id && m.seesResult(r) })
		if i < 0 {
			return nil
		}
		return m.results[i]
	}
	v.members = selectRows(m.members, func(g *db.Member) bool { return seen(g.CourseID, g.ResultID) != nil })
	v.steps = selectRows(m.steps, func(s *db.Step) bool {
		r := seen(s.CourseID, s.ResultID)
		return r != nil && m.seesSteps(r) && (m.reviews(s.CourseID) || !isTrue(s.Secret) && !s.Hidden)
	})
	v.bundles = selectRows(m.bundles, m.seesBundle)
	v.revisions = selectRows(m.revisions, func(r *db.Revision) bool { return m.seesCourse(r.CourseID) })
	v.uploads = selectRows(m.uploads, func(u *db.ScoreUpload) bool { return m.reviews(u.CourseID) })
	v.outcomes = selectRows(m.outcomes, func(o *db.ScoreOutcome) bool { return m.reviews(o.CourseID) })
	v.preferences = selectRows(m.preferences, func(p *db.Preferences) bool {
		return m.caller.person != nil && p.UserID == m.caller.person.MomotorID && m.reviews(p.CourseID)
	})
	v.keys = selectRows(m.keys, func(k *db.APIKey) bool { return m.caller.key != nil && k.MomotorID == m.caller.key.MomotorID })
	v.sessions = selectRows(m.sessions, func(s *db.Session) bool { return m.caller.person != nil && s.UserID == m.caller.person.MomotorID })
	if k := m.caller.key; k != nil && (k.Pseudonymous || k.MinGroup != nil) {
		v.hidePeople(k.MinGroup != nil)
	}
	v.hideFiles()
	return v
}

// hideFromLearner removes the values of a result that only reviewers see.
func hideFromLearner(r *db.Result) {
	r.ScoreReviewer = nil
	if isTrue(r.HasError) {
		r.Accepted, r.HasError, r.Score, r.Summary, r.Label = nil, nil, nil, nil, new("Postponed")
	}
}

// hidePeople removes what identifies people and what they wrote. If onlyFigures is true, it also removes the
// rows that are in no figure.
func (v *storeRows) hidePeople(onlyFigures bool) {
	for i, u := range v.users {
		u.CanvasID, u.Name, u.SortableName, u.LoginID = int64(7_000_000+i), "hidden", "hidden", new("hidden")
	}
	for _, r := range v.results {
		r.Summary, r.PreviewURL = nil, nil
		if r.Label != nil && *r.Label != "Accepted" {
			r.Label = nil
		}
	}
	for _, s := range v.steps {
		s.Label, s.Summary, s.Details = nil, nil, nil
	}
	for _, u := range v.uploads {
		u.Failure = new("hidden")
	}
	for _, o := range v.outcomes {
		o.Reason = nil
	}
	v.bundles = nil
	if onlyFigures {
		v.uploads, v.outcomes = nil, nil
	}
}

// hideFiles removes the references to invisible bundles.
func (v *storeRows) hideFiles() {
	for _, r := range v.revisions {
		for _, id := range []**int64{&r.RecipeID, &r.ConfigID} {
			if *id != nil && !slices.ContainsFunc(v.bundles, func(b *db.Bundle) bool { return b.MomotorID == **id }) {
				*id = nil
			}
		}
	}
}

func isTrue(b *bool) bool { return b != nil && *b }

// selectRows returns copies of the rows that keep selects.
func selectRows[T any](rows []*T, keep func(*T) bool) (kept []*T) {
	for _, row := range rows {
		if keep(row) {
			kept = append(kept, new(*row))
		}
	}
	return kept
}
