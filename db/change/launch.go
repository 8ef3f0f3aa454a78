package change

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// A Launch is what a verified LTI launch says. Ids are those of Canvas; 0 and "" mean unknown.
type Launch struct {
	PlatformID   int64
	DeploymentID string
	// Account is the account of a deployment that arrives with its first launch.
	Account db.Account
	// AccountOrigin is the origin that this account must have, because the platform could otherwise name the
	// account of another; "" for a platform that may name all.
	AccountOrigin string
	Subject       string
	UserID        int64
	// Name, SortableName and LoginID describe the person.
	Name, SortableName, LoginID string
	CourseID                    int64
	CourseCode, CourseName      string
	AssignmentID                int64
	Roles                       []db.Role // in the course, all of them
	// SectionIDs are the sections of the person in the course, all of them if SectionsKnown is set.
	SectionIDs    []int64
	SectionsKnown bool
	// Nonce can be launched once. It is kept until NonceExpires.
	Nonce        string
	NonceExpires time.Time
}

// A Launched is who launched, and where, by ids of the store; 0 for no course or no known assignment.
type Launched struct{ UserID, CourseID, AssignmentID int64 }

// The errors of Launch that a person can do something about.
var (
	ErrReplayed       = fault.New(fault.Forbidden, "This launch was used before: open the tool in Canvas again.")
	errNoDeployment   = fault.New(fault.Forbidden, "This installation of the tool is not registered here: ask an administrator to add its deployment id with “resultgraph platform add”.")
	errOtherAccount   = fault.New(fault.Forbidden, "This installation of the tool belongs to another Canvas account: ask an administrator to check the registration.")
	errForeignAccount = fault.New(fault.Forbidden, "This course belongs to a Canvas account with another address: ask an administrator to add the deployment with its account.")
	errOtherPerson    = fault.New(fault.Forbidden, "Canvas says that you are another person than before: ask an administrator to check your user in Canvas.")
	errNoAccountName  = fault.New(fault.Forbidden, "Canvas does not say to which account this course belongs: ask an administrator to add the deployment with its account.")
)

// Launch records a launch: it creates or updates the course, the sections, the person and the person's roles
// in the course, which are then exactly those of the launch. It changes no other person. It never changes the
// address of an account, to which tokens are sent.
func (t *Tx) Launch(ctx context.Context, l *Launch) (done Launched, err error) {
	if err := t.useNonce(ctx, l); err != nil {
		return done, err
	}
	account, err := t.deploymentAccount(ctx, l)
	if err != nil {
		return done, err
	}
	var isNew bool
	if l.CourseID != 0 {
		if done.CourseID, isNew, err = t.launchedCourse(ctx, account, l); err != nil {
			return done, err
		}
	}
	if done.UserID, err = t.launchedUser(ctx, account, l); err != nil {
		return done, err
	}
	if err := t.linkSubject(ctx, l, done.UserID); err != nil || done.CourseID == 0 {
		return done, err
	}
	if !isNew {
		if err := t.updateLaunchedCourse(ctx, done.CourseID, l); err != nil {
			return done, err
		}
	}
	sections, err := t.launchedSections(ctx, account, done.CourseID, l)
	if err != nil {
		return done, err
	}
	if err := t.replaceRoles(ctx, done, l, sections); err != nil {
		return done, err
	}
	done.AssignmentID, err = t.findID(ctx, "SELECT id FROM assignment WHERE course_id = ? AND canvas_id = ?", done.CourseID, l.AssignmentID)
	return done, err
}

// useNonce records the nonce, and fails with ErrReplayed if it is recorded already.
func (t *Tx) useNonce(ctx context.Context, l *Launch) error {
	wasUnused, err := db.UseNonce(ctx, t.tx, l.Nonce, l.NonceExpires, t.now)
	if err == nil && !wasUnused {
		err = ErrReplayed
	}
	return err
}

// findID returns the id that a statement selects, and 0 if there is none.
func (t *Tx) findID(ctx context.Context, statement string, args ...any) (id int64, err error) {
	err = t.tx.NewRaw(statement, args...).Scan(ctx, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find the rows of a launch: %w", query.WrapError(err))
	}
	return id, nil
}

// insert inserts a row with a new id, which statement has as its first argument, unless another
// transaction has inserted it. It returns the id that find selects.
func (t *Tx) insert(ctx context.Context, statement string, args []any, find func() (int64, error)) (int64, error) {
	id, err := t.store.ReserveIDs(ctx, t.tx, 1)
	if err != nil {
		return 0, err
	}
	if _, err := t.tx.NewRaw(statement+" ON CONFLICT DO NOTHING", append([]any{id}, args...)...).Exec(ctx); err != nil {
		return 0, fmt.Errorf("write the rows of a launch: %w", query.WrapError(err))
	}
	return find()
}

// deploymentAccount returns the id of the account of the deployment. A platform that waits for a deployment
// gets the first one that a launch brings, with the account of the launch.
func (t *Tx) deploymentAccount(ctx context.Context, l *Launch) (account int64, err error) {
	account, err = t.findID(ctx, "SELECT account_id FROM lti_deployment WHERE platform_id = ? AND deployment_id = ?", l.PlatformID, l.DeploymentID)
	if err != nil || account != 0 {
		return account, errors.Join(err, t.checkAccount(ctx, account, l))
	}
	res, err := t.tx.NewRaw("UPDATE lti_platform SET awaits_deployment = FALSE WHERE id = ? AND awaits_deployment", l.PlatformID).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("find the deployment of a launch: %w", query.WrapError(err))
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return 0, errors.Join(err, errNoDeployment)
	}
	if account, err = t.launchedAccount(ctx, l); err != nil {
		return 0, err
	}
	d := &db.Deployment{PlatformID: l.PlatformID, DeploymentID: l.DeploymentID, AccountID: account}
	return account, query.Insert(ctx, t.tx, []*db.Deployment{d})
}

// checkAccount fails if the launch names another account than that of its deployment.
func (t *Tx) checkAccount(ctx context.Context, account int64, l *Launch) error {
	if account == 0 || l.Account.CanvasGUID == "" {
		return nil
	}
	same, err := t.tx.NewSelect().Table("account").Where("id = ? AND canvas_guid = ?", account, l.Account.CanvasGUID).Exists(ctx)
	if err == nil && !same {
		err = errOtherAccount
	}
	return err
}

// launchedAccount returns the id of the account that a launch names. It creates the account if it does not
// exist.
func (t *Tx) launchedAccount(ctx context.Context, l *Launch) (int64, error) {
	if l.Account.CanvasGUID == "" || l.Account.BaseURL == "" {
		return 0, errNoAccountName
	}
	find := func() (int64, error) {
		return t.findID(ctx, "SELECT id FROM account WHERE canvas_guid = ?", l.Account.CanvasGUID)
	}
	id, err := find()
	if err == nil {
		err = t.checkOrigin(ctx, id, l)
	}
	if err != nil || id != 0 {
		return id, err
	}
	return t.insert(ctx, "INSERT INTO account (id, canvas_guid, base_url, name) VALUES (?, ?, ?, ?)",
		[]any{l.Account.CanvasGUID, l.Account.BaseURL, l.Account.Name}, find)
}

// checkOrigin fails if the account that a launch names, whose id is 0 if it does not exist, is not one of the
// platform.
func (t *Tx) checkOrigin(ctx context.Context, id int64, l *Launch) error {
	account := l.Account
	if id != 0 {
		if err := t.tx.NewSelect().Model(&account).Where("id = ?", id).Scan(ctx); err != nil {
			return fmt.Errorf("read the account of a launch: %w", query.WrapError(err))
		}
	}
	if l.AccountOrigin != "" && db.Origin(account.BaseURL) != l.AccountOrigin {
		return errForeignAccount
	}
	return nil
}

// launchedCourse returns the id of the course, and locks its version. It creates the course if it does not
// exist.
func (t *Tx) launchedCourse(ctx context.Context, account int64, l *Launch) (id int64, isNew bool, err error) {
	find := func() (int64, error) {
		return t.findID(ctx, "SELECT id FROM course WHERE account_id = ? AND canvas_id = ?", account, l.CourseID)
	}
	id, err = find()
	if err == nil && id == 0 {
		isNew = true
		id, err = t.insert(ctx, "INSERT INTO course (id, account_id, canvas_id, code, name, active, valid, readonly) VALUES (?, ?, ?, ?, ?, TRUE, TRUE, FALSE)",
			[]any{account, l.CourseID, l.CourseCode, l.CourseName}, find)
	}
	if err != nil {
		return 0, false, err
	}
	return id, isNew, db.LockCourses(ctx, t.tx, id)
}

// updateLaunchedCourse updates the code and the name of a course, if the launch has both.
func (t *Tx) updateLaunchedCourse(ctx context.Context, id int64, l *Launch) error {
	if l.CourseCode == "" || l.CourseName == "" {
		return nil
	}
	return t.UpdateCourse(ctx, id, l.CourseCode, l.CourseName)
}

// launchedUser returns the id of the person. It creates the person, or updates what the launch says.
func (t *Tx) launchedUser(ctx context.Context, account int64, l *Launch) (int64, error) {
	find := func() (int64, error) {
		return t.findID(ctx, `SELECT id FROM "user" WHERE account_id = ? AND canvas_id = ?`, account, l.UserID)
	}
	id, err := find()
	switch {
	case err != nil:
		return 0, err
	case id == 0:
		name := l.Name
		if name == "" {
			name = fmt.Sprintf("User %d", l.UserID)
		}
		sortable := l.SortableName
		if sortable == "" {
			sortable = name
		}
		return t.insert(ctx, `INSERT INTO "user" (id, account_id, canvas_id, name, sortable_name, login_id) VALUES (?, ?, ?, ?, ?, nullif(?, ''))`,
			[]any{account, l.UserID, name, sortable, l.LoginID}, find)
	case l.Name == "":
		return id, nil
	}
	_, err = t.tx.NewRaw(`UPDATE "user" SET name = ?, login_id = coalesce(nullif(?, ''), login_id)
		WHERE id = ? AND NOT (name = ? AND (? = '' OR login_id IS NOT NULL AND login_id = ?))`,
		l.Name, l.LoginID, id, l.Name, l.LoginID, l.LoginID).Exec(ctx)
	return id, query.WrapError(err)
}

// linkSubject records the subject of a person. It fails if the platform has said before that the subject is
// another person, or that the person has another subject.
func (t *Tx) linkSubject(ctx context.Context, l *Launch, user int64) error {
	_, err := t.tx.NewRaw("INSERT INTO lti_subject (platform_id, subject, user_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", l.PlatformID, l.Subject, user).Exec(ctx)
	if err != nil {
		return fmt.Errorf("record the subject of a person: %w", query.WrapError(err))
	}
	linked, err := t.findID(ctx, "SELECT user_id FROM lti_subject WHERE platform_id = ? AND subject = ?", l.PlatformID, l.Subject)
	if err == nil && linked != user {
		err = errOtherPerson
	}
	return err
}

// launchedSections returns the ids of the sections of the launch. It creates unknown sections. A section of
// another course is left out.
func (t *Tx) launchedSections(ctx context.Context, account, course int64, l *Launch) (ids []int64, err error) {
	for _, canvasID := range l.SectionIDs {
		find := func() (int64, error) {
			return t.findID(ctx, "SELECT id FROM section WHERE account_id = ? AND canvas_id = ? AND course_id = ?", account, canvasID, course)
		}
		id, err := find()
		if err == nil && id == 0 {
			id, err = t.insert(ctx, "INSERT INTO section (id, account_id, canvas_id, course_id, name) VALUES (?, ?, ?, ?, ?)",
				[]any{account, canvasID, course, fmt.Sprintf("Section %d", canvasID)}, find)
		}
		if err != nil {
			return nil, err
		}
		if id != 0 {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// replaceRoles makes the roles of the launch the only roles of the person in the course. A launch does not
// say which role belongs to which section. So a person with one role has it in each section, and a person
// with several roles keeps their sections, and gets new roles without a section.
func (t *Tx) replaceRoles(ctx context.Context, at Launched, l *Launch, sections []int64) error {
	var before []*db.Enrollment
	if err := t.tx.NewSelect().Model(&before).Where("course_id = ? AND user_id = ?", at.CourseID, at.UserID).Scan(ctx); err != nil {
		return fmt.Errorf("read the enrollments of a person: %w", query.WrapError(err))
	}
	wanted := wantedEnrollments(at, l, sections, before)
	var toInsert []*db.Enrollment
	for _, e := range wanted {
		if !containsEnrollment(before, e) {
			toInsert = append(toInsert, e)
		}
	}
	for _, e := range before {
		if containsEnrollment(wanted, e) {
			continue
		}
		_, err := t.tx.NewDelete().Model((*db.Enrollment)(nil)).
			Where("course_id = ? AND user_id = ? AND role = ? AND coalesce(section_id, 0) = ?", e.CourseID, e.UserID, e.Role, e.Key().SectionID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("end a role: %w", query.WrapError(err))
		}
	}
	return query.Insert(ctx, t.tx, toInsert)
}

func wantedEnrollments(at Launched, l *Launch, sections []int64, before []*db.Enrollment) (wanted []*db.Enrollment) {
	newEnrollment := func(role db.Role, section *int64) *db.Enrollment {
		return &db.Enrollment{CourseID: at.CourseID, UserID: at.UserID, Role: role, SectionID: section}
	}
	if len(l.Roles) == 1 && l.SectionsKnown && len(sections) > 0 {
		for _, id := range sections {
			wanted = append(wanted, newEnrollment(l.Roles[0], &id))
		}
		return wanted
	}
	for _, role := range l.Roles {
		n := len(wanted)
		for _, e := range before {
			if e.Role == role {
				wanted = append(wanted, e)
			}
		}
		if len(wanted) == n {
			wanted = append(wanted, newEnrollment(role, nil))
		}
	}
	return wanted
}

func containsEnrollment(all []*db.Enrollment, e *db.Enrollment) bool {
	return slices.ContainsFunc(all, func(o *db.Enrollment) bool { return o.Key() == e.Key() })
}
