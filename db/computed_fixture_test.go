package db_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
)

// A columnFixture has rows of every type, with values for which SQLite and PostgreSQL could compute
// different columns.
type columnFixture struct {
	*dbtest.Fixture
	items    []*ingest.ResultItem
	uploadID int64
}

func (f *columnFixture) courses() []query.Key {
	return []query.Key{{f.Course.MomotorID}, {f.OtherCourse.MomotorID}}
}

func (f *columnFixture) results() (keys []query.Key) {
	for _, item := range f.items {
		keys = append(keys, query.Key{item.Result.CourseID, item.Result.MomotorID})
	}
	return keys
}

// A period is the time between the start and the end of the processing of a result. A nil time is
// unknown.
type period struct{ start, end *time.Time }

// periods returns periods before 1970, in this century and after 2100. Their durations are whole
// seconds, fractions, negative, unknown, and below the precision of SQLite's functions.
func periods() []period {
	at := func(text string) *time.Time {
		parsed, err := time.Parse("2006-01-02 15:04:05.999999", text)
		if err != nil {
			panic(err)
		}
		return &parsed
	}
	return []period{
		{at("2026-03-01 12:00:00"), at("2026-03-01 12:00:03")},
		{at("2026-03-01 12:00:00.1"), at("2026-03-01 12:00:00.3")},
		{at("2026-03-01 12:00:00.000001"), at("2026-03-01 12:00:59.999999")},
		{at("2026-03-01 12:00:00.9996"), at("2026-03-01 12:00:01.0004")},
		{at("2026-03-01 12:00:00"), nil},
		{nil, at("2026-03-01 12:00:00")},
		{nil, nil},
		{at("2026-03-01 12:00:03.25"), at("2026-03-01 12:00:00.5")},
		{at("1969-12-31 23:59:58.999999"), at("1970-01-01 00:00:00.000001")},
		{at("1958-04-01 00:00:00.75"), at("1958-04-02 00:00:00.5")},
		{at("2150-02-28 23:59:59.999999"), at("2150-03-01 00:00:00")},
		{at("2024-02-28 00:00:00.123456"), at("2024-03-01 00:00:00.654321")},
	}
}

func newColumnFixture(t *testing.T, s *db.Store) *columnFixture {
	t.Helper()
	f := &columnFixture{Fixture: dbtest.NewFixture(t, s)}
	f.addCourseRows(t, s)
	for i, p := range periods() {
		item := dbtest.Result(f.PublishedAssignment, []*db.User{f.Anna, f.Bob, f.Carl}[i%3], 1+i/3)
		r := &item.Result
		r.StartedAt, r.ProcessedAt, r.Score, r.ScoreReviewer = p.start, p.end, new(float64(i)/3), nil
		switch i % 4 {
		case 1:
			r.Accepted, r.HasError, r.Label, r.Summary = new(false), new(true), new("Recipe error"), new("Line 1\n\"quoted\" é")
		case 2:
			r.Score, r.ScoreReviewer, r.Label, r.Summary = nil, new(0.1), nil, new("")
		case 3:
			r.Accepted, r.HasError, r.State, r.Progress = nil, nil, db.StateProcessing, new(1.0/3)
		}
		r.IsLate, r.QueuedAt = i%3 > 0, r.StartedAt
		if i%6 == 1 {
			r.SecondsLate, r.QueuedAt = new(42.5), p.end
		}
		if i%2 == 0 {
			item.Steps[0].Score, item.Steps[0].MaxScore = new(0.5), new(8.0)
			item.Steps[1].MaxScore = new(2.0)
		}
		if i == 8 {
			item.Steps[2].Score = new(1.0) // without a maximum
		}
		item.Bundles[0].Kind = []db.BundleKind{db.BundleProduct, db.BundleBasic}[i%2]
		f.items = append(f.items, item)
	}
	f.items[0].Group = []int64{f.Anna.MomotorID, f.Bob.MomotorID}
	f.items = append(f.items, dbtest.Modify(dbtest.Result(f.OtherPublishedAssignment, f.Anna, 1), func(item *ingest.ResultItem) { item.Result.IsLate = true }))
	dbtest.Exec(t, s, fmt.Sprintf("UPDATE assignment SET due_at = '2026-03-01 12:30:00.5+00:00', points_possible = 4 WHERE id = %d", f.PublishedAssignment.MomotorID))
	f.UpsertResults(t, s, f.items...)
	dbtest.Exec(t, s, fmt.Sprintf("UPDATE bundle SET sha256 = NULL WHERE result_id = %d", f.items[0].Result.MomotorID))
	dbtest.Exec(t, s, fmt.Sprintf("UPDATE assignment SET paused = TRUE, revision = 7 WHERE id = %d", f.UnpublishedAssignment.MomotorID))
	f.startUpload(t, s)
	f.insertJobs(t, s)
	return f
}

// addCourseRows adds people with several sections and roles, including a person in both courses.
func (f *columnFixture) addCourseRows(t *testing.T, s *db.Store) {
	t.Helper()
	late := &db.Section{AccountID: f.Account.MomotorID, CourseID: f.Course.MomotorID, CanvasID: 9, Name: "Late"}
	if _, err := ingest.UpsertSections(t.Context(), s, []*db.Section{late}); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.InsertEnrollments(t.Context(), s, []*db.Enrollment{
		{CourseID: f.Course.MomotorID, UserID: f.Anna.MomotorID, Role: db.RoleStudent, SectionID: &late.MomotorID},
		{CourseID: f.Course.MomotorID, UserID: f.Anna.MomotorID, Role: db.RoleTA, SectionID: &late.MomotorID},
		{CourseID: f.OtherCourse.MomotorID, UserID: f.Anna.MomotorID, Role: db.RoleDesigner},
	}); err != nil {
		t.Fatal(err)
	}
}

// startUpload starts an upload in which two of three scores are sent.
func (f *columnFixture) startUpload(t *testing.T, s *db.Store) {
	t.Helper()
	if err := s.UpsertCanvasAccess(t.Context(), &db.CanvasAccess{AccountID: f.Account.MomotorID, Token: []byte("sealed")}); err != nil {
		t.Fatal(err)
	}
	err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
		upload, _, err := tx.StartUpload(ctx, f.PublishedAssignment.Key(), change.UploadRequest{Passed: true})
		if err != nil {
			return err
		}
		f.uploadID = upload.MomotorID
		outcome := func(u *db.User, state db.ScoreState) *db.ScoreOutcome {
			return &db.ScoreOutcome{CourseID: f.Course.MomotorID, UploadID: upload.MomotorID, UserID: u.MomotorID, State: state}
		}
		return tx.UpsertScoreOutcomes(ctx, []*db.ScoreOutcome{outcome(f.Anna, db.ScorePending), outcome(f.Bob, db.ScoreSent), outcome(f.Carl, db.ScoreSent)})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// insertJobs inserts a job of each kind and state. River writes times with milliseconds on SQLite.
func (f *columnFixture) insertJobs(t *testing.T, s *db.Store) {
	t.Helper()
	course, other := f.Course.MomotorID, f.OtherCourse.MomotorID
	processing := fmt.Sprintf(`{"course_id": %d, "result_id": %d}`, course, f.items[3].Result.MomotorID)
	refresh := fmt.Sprintf(`{"course_id": %d, "assignment_id": %d}`, course, f.UnpublishedAssignment.MomotorID)
	for i, job := range []struct {
		kind, args, state, attemptedAt, endedAt, metadata string
		errors                                            []string
		maxAttempts                                       int
	}{
		{"process", processing, "running", "'2026-03-01 12:00:00.125'", "NULL", `{}`, nil, 1003},
		{"process", processing, "available", "NULL", "NULL", `{}`, nil, 1003},
		{"process", processing, "completed", "'2026-03-01 12:00:00'", "'2026-03-01 12:00:03.001'", `{}`, []string{"first"}, 1003},
		{"process", fmt.Sprintf(`{"course_id": %d, "result_id": 0}`, course), "pending", "NULL", "NULL", `{}`, nil, 1003},
		{"refresh", refresh, "running", "'1969-12-31 23:59:59.999'", "NULL", `{"progress": 0.1}`, nil, 1001},
		{"refresh", refresh, "cancelled", "'2150-01-01 00:00:00'", "'2150-01-01 00:00:00.5'", `{"progress": 0.3333333333333333}`, []string{"first", "JobCancelError: last é"}, 1001},
		{"refresh", refresh, "discarded", "'2026-03-01 12:00:00'", "'2026-03-01 12:00:00'", `{}`, []string{"one", "two", "three"}, 1001},
		{"refresh", refresh, "scheduled", "NULL", "NULL", `{}`, nil, 1001},
		{"upload", fmt.Sprintf(`{"course_id": %d, "upload_id": %d}`, course, f.uploadID), "retryable", "NULL", "NULL", `{}`, []string{"refused"}, 1005},
		{"upload", fmt.Sprintf(`{"course_id": %d, "upload_id": 0}`, other), "available", "NULL", "NULL", `{}`, nil, 1005},
	} {
		dbtest.Exec(t, s, fmt.Sprintf(`INSERT INTO river_job
			(kind, args, state, attempt, max_attempts, created_at, scheduled_at, attempted_at, finalized_at, errors, metadata)
			VALUES ('%s', '%s', '%s', %d, %d, '2026-03-01 11:59:5%d.5', '2026-03-01 12:00:0%d', %s, %s, %s, '%s')`,
			job.kind, job.args, job.state, i, job.maxAttempts, i, i, job.attemptedAt, job.endedAt, jobErrors(s, job.errors), job.metadata))
	}
}

// jobErrors returns the SQL of the errors of a job in River's format.
func jobErrors(s *db.Store, messages []string) string {
	var list []string
	for _, m := range messages {
		list = append(list, fmt.Sprintf(`{"error": %q, "at": "2026-03-01T12:00:00Z"}`, m))
	}
	switch {
	case list == nil:
		return "NULL"
	case s.IsPostgres():
		return "ARRAY['" + strings.Join(list, "'::jsonb, '") + "'::jsonb]"
	}
	return "jsonb('[" + strings.Join(list, ", ") + "]')"
}
