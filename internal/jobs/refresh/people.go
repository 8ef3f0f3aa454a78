package refresh

import (
	"context"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/canvas"
)

// roleOf are the enrolments of Canvas that the store knows, as its roles.
var roleOf = map[canvas.EnrollmentType]db.Role{
	canvas.StudentEnrollment: db.RoleStudent, canvas.TeacherEnrollment: db.RoleTeacher,
	canvas.TaEnrollment: db.RoleTA, canvas.DesignerEnrollment: db.RoleDesigner,
}

// peopleBatch is how many people are written in one transaction.
const peopleBatch = 500

// syncPeople brings sections, people and enrolments up to date. Enrolments are taken away
// when all were read, and only then.
func (s *syncing) syncPeople(ctx context.Context) error {
	sections, err := s.syncSections(ctx)
	if err != nil {
		return err
	}
	var people []canvas.User
	var enrolled []canvas.Enrollment
	for e, err := range s.client.Enrollments(ctx, s.course, canvas.StudentEnrollment, canvas.TeacherEnrollment, canvas.TaEnrollment, canvas.DesignerEnrollment) {
		if err != nil {
			return err
		}
		if roleOf[e.Type] == "" || s.isOdd(ctx, "enrollment", e.ID, e.UserID > 0) {
			continue
		}
		e.User.ID = e.UserID
		people, enrolled = append(people, e.User), append(enrolled, e)
	}
	if err := s.meet(ctx, people); err != nil {
		return err
	}
	items := make([]*db.Enrollment, len(enrolled))
	for i, e := range enrolled {
		items[i] = &db.Enrollment{CourseID: s.key.CourseID, UserID: s.users[e.UserID], Role: roleOf[e.Type]}
		if id, ok := sections[e.CourseSectionID]; ok {
			items[i].SectionID = &id
		}
	}
	s.report.came, s.report.went, err = change.ReplaceEnrollments(ctx, s.Store, s.key.CourseID, items)
	return err
}

// syncSections returns the ids of the course's sections, by those of Canvas.
func (s *syncing) syncSections(ctx context.Context) (map[canvas.ID]int64, error) {
	var rows []*db.Section
	seen := map[canvas.ID]bool{}
	for z, err := range s.client.Sections(ctx, s.course) {
		if err != nil {
			return nil, err
		}
		if seen[z.ID] || s.isOdd(ctx, "section", z.ID, z.ID > 0) {
			continue
		}
		seen[z.ID] = true
		rows = append(rows, &db.Section{AccountID: s.account, CourseID: s.key.CourseID, CanvasID: int64(z.ID), Name: z.Name})
	}
	if _, err := ingest.UpsertSections(ctx, s.Store, rows); err != nil {
		return nil, err
	}
	ids := make(map[canvas.ID]int64, len(rows))
	for _, z := range rows {
		ids[canvas.ID(z.CanvasID)] = z.MomotorID
	}
	return ids, nil
}

// meet puts people into the store, and learns their ids.
func (s *syncing) meet(ctx context.Context, people []canvas.User) error {
	var rows []*db.User
	seen := map[canvas.ID]bool{}
	for _, u := range people {
		if _, known := s.users[u.ID]; known || seen[u.ID] || u.ID == 0 {
			continue
		}
		seen[u.ID] = true
		row := &db.User{AccountID: s.account, CanvasID: int64(u.ID), Name: u.Name, SortableName: u.SortableName}
		if u.LoginID != "" {
			row.LoginID = &u.LoginID
		}
		rows = append(rows, row)
	}
	for batch := range slices.Chunk(rows, peopleBatch) {
		if _, err := ingest.UpsertUsersKeepLogin(ctx, s.Store, batch); err != nil {
			return err
		}
		for _, u := range batch {
			s.users[canvas.ID(u.CanvasID)] = u.MomotorID
		}
	}
	return nil
}
