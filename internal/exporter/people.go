package exporter

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/transfer"
)

type accountLine struct {
	Type       string `json:"type"`
	CanvasGUID string `json:"canvas_guid"`
	ID         int64  `json:"id"`
	BaseURL    string `json:"base_url"`
	Name       string `json:"name"`
}

func (w *writer) accounts(ctx context.Context) error {
	return transfer.Each(ctx, w.tx, func(a *db.Account) error {
		w.names.accounts[a.MomotorID] = a.CanvasGUID
		return w.manifest.write(accountLine{"account", a.CanvasGUID, a.MomotorID, a.BaseURL, a.Name})
	}, "id")
}

type courseLine struct {
	Type     string `json:"type"`
	Account  string `json:"account"`
	CanvasID int64  `json:"canvas_id"`
	ID       int64  `json:"id"`
	Code     string `json:"code"`
	Name     string `json:"name"`
	Active   bool   `json:"active"`
	Valid    bool   `json:"valid"`
	ReadOnly bool   `json:"readonly"`
}

func (w *writer) courses(ctx context.Context) error {
	return transfer.Each(ctx, w.tx, func(c *db.Course) error {
		account := w.names.accounts[c.AccountID]
		w.names.courses[c.MomotorID] = courseName{account, c.CanvasID}
		return w.manifest.write(courseLine{"course", account, c.CanvasID, c.MomotorID, c.Code, c.Name, c.Active, c.Valid, c.ReadOnly})
	}, "id")
}

type sectionLine struct {
	Type     string `json:"type"`
	Account  string `json:"account"`
	CanvasID int64  `json:"canvas_id"`
	ID       int64  `json:"id"`
	Course   int64  `json:"course"`
	Name     string `json:"name"`
}

func (w *writer) sections(ctx context.Context) error {
	return transfer.Each(ctx, w.tx, func(s *db.Section) error {
		w.names.sections[s.MomotorID] = s.CanvasID
		course := w.names.courses[s.CourseID]
		return w.manifest.write(sectionLine{"section", course.account, s.CanvasID, s.MomotorID, course.canvasID, s.Name})
	}, "id")
}

type userLine struct {
	Type         string  `json:"type"`
	Account      string  `json:"account"`
	CanvasID     int64   `json:"canvas_id"`
	ID           int64   `json:"id"`
	Name         string  `json:"name"`
	SortableName string  `json:"sortable_name"`
	LoginID      *string `json:"login_id,omitempty"`
}

func (w *writer) users(ctx context.Context) error {
	return transfer.Each(ctx, w.tx, func(u *db.User) error {
		w.names.users[u.MomotorID] = u.CanvasID
		return w.manifest.write(userLine{"user", w.names.accounts[u.AccountID], u.CanvasID, u.MomotorID, u.Name, u.SortableName, u.LoginID})
	}, "id")
}

type enrollmentLine struct {
	Type    string  `json:"type"`
	Account string  `json:"account"`
	Course  int64   `json:"course"`
	User    int64   `json:"user"`
	Role    db.Role `json:"role"`
	Section *int64  `json:"section,omitempty"`
}

func (w *writer) enrollments(ctx context.Context) error {
	return transfer.Each(ctx, w.tx, func(e *db.Enrollment) error {
		course := w.names.courses[e.CourseID]
		line := enrollmentLine{"enrollment", course.account, course.canvasID, w.names.users[e.UserID], e.Role, nil}
		if e.SectionID != nil {
			line.Section = new(w.names.sections[*e.SectionID])
		}
		return w.manifest.write(line)
	}, "course_id", "user_id", "role", "coalesce(section_id, 0)")
}
