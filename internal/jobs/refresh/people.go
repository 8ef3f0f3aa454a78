package refresh

import (
	"context"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/canvas"
)

// roles has the role in the store for each enrollment type of Canvas. A refresh skips other types.
var roles = map[canvas.EnrollmentType]db.Role{
	canvas.StudentEnrollment: db.RoleStudent, canvas.TeacherEnrollment: db.RoleTeacher,
	canvas.TaEnrollment: db.RoleTA, canvas.DesignerEnrollment: db.RoleDesigner,
}

// userBatchSize is how many users are stored in one transaction.
const userBatchSize = 500

// syncPeople updates sections, users and enrollments. It deletes enrollments only after it
// has read all enrollments from Canvas.
func (r *refreshRun) syncPeople(ctx context.Context) error {
	sectionIDs, err := r.syncSections(ctx)
	if err != nil {
		return err
	}
	var people []canvas.User
	var rows []canvas.Enrollment
	for row, err := range r.client.Enrollments(ctx, r.courseCanvasID, canvas.StudentEnrollment, canvas.TeacherEnrollment, canvas.TaEnrollment, canvas.DesignerEnrollment) {
		if err != nil {
			return err
		}
		if roles[row.Type] == "" {
			continue
		}
		if row.UserID <= 0 {
			r.logSkippedRow(ctx, "enrollment", row.ID)
			continue
		}
		row.User.ID = row.UserID
		people, rows = append(people, row.User), append(rows, row)
	}
	if err := r.syncUsers(ctx, people); err != nil {
		return err
	}
	enrollments := make([]*db.Enrollment, len(rows))
	for i, row := range rows {
		enrollments[i] = &db.Enrollment{CourseID: r.key.CourseID, UserID: r.userIDs[row.UserID], Role: roles[row.Type]}
		if id, ok := sectionIDs[row.CourseSectionID]; ok {
			enrollments[i].SectionID = &id
		}
	}
	r.counts.enrolled, r.counts.unenrolled, err = change.ReplaceEnrollments(ctx, r.Store, r.key.CourseID, enrollments)
	return err
}

// syncSections updates the sections of the course. It returns their ids in the
// store by their ids in Canvas.
func (r *refreshRun) syncSections(ctx context.Context) (map[canvas.ID]int64, error) {
	var sections []*db.Section
	seen := map[canvas.ID]bool{}
	for row, err := range r.client.Sections(ctx, r.courseCanvasID) {
		if err != nil {
			return nil, err
		}
		if seen[row.ID] {
			continue
		}
		if row.ID <= 0 {
			r.logSkippedRow(ctx, "section", row.ID)
			continue
		}
		seen[row.ID] = true
		sections = append(sections, &db.Section{AccountID: r.accountID, CourseID: r.key.CourseID, CanvasID: int64(row.ID), Name: db.CutName(row.Name)})
	}
	if _, err := ingest.UpsertSections(ctx, r.Store, sections); err != nil {
		return nil, err
	}
	ids := make(map[canvas.ID]int64, len(sections))
	for _, section := range sections {
		ids[canvas.ID(section.CanvasID)] = section.MomotorID
	}
	return ids, nil
}

// syncUsers stores users and adds their ids to userIDs.
func (r *refreshRun) syncUsers(ctx context.Context, people []canvas.User) error {
	var users []*db.User
	seen := map[canvas.ID]bool{}
	for _, person := range people {
		if _, known := r.userIDs[person.ID]; known || seen[person.ID] || person.ID == 0 {
			continue
		}
		seen[person.ID] = true
		user := &db.User{AccountID: r.accountID, CanvasID: int64(person.ID), Name: db.CutName(person.Name), SortableName: db.CutName(person.SortableName)}
		if person.LoginID != "" {
			user.LoginID = new(db.CutName(person.LoginID))
		}
		users = append(users, user)
	}
	for batch := range slices.Chunk(users, userBatchSize) {
		if _, err := ingest.UpsertUsersKeepLogin(ctx, r.Store, batch); err != nil {
			return err
		}
		for _, user := range batch {
			r.userIDs[canvas.ID(user.CanvasID)] = user.MomotorID
		}
	}
	return nil
}
