package exporter_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/exporter"
	"github.com/momotor/resultgraph/internal/importer"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// A site is a store with its files.
type site struct {
	store *db.Store
	blobs *blob.Folder
}

func newSite(t testing.TB, s *db.Store) *site {
	t.Helper()
	blobs, err := blob.OpenFolder(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return &site{s, blobs}
}

// fillEmptyColumns are statements that give a value to all columns and rows to all tables that newFilledSite
// does not fill otherwise.
var fillEmptyColumns = []string{
	`UPDATE assignment SET refreshed_at = '2026-03-01 12:00:00.123456+00:00', canvas_published = TRUE, grading_type = 'points', points_possible = 10.5,
		group_category_id = 7, group_graded_separately = FALSE, due_at = '2026-03-02 12:00:00+00:00', unlock_at = '2026-03-02 12:00:00+00:00',
		lock_at = '2026-03-02 12:00:00+00:00', position = 3 WHERE canvas_id = 501`,
	`UPDATE result SET engine_job = 'engine job', secret = TRUE, progress = 0.25, queued_at = '2026-03-01 12:00:00+00:00', started_at = '2026-03-01 12:00:01+00:00',
		processed_at = '2026-03-01 12:00:02.5+00:00', summary = 'a "summary" <b>', preview_url = 'no URL', seconds_late = 1.5 WHERE attempt = 1`,
	`UPDATE step SET has_error = TRUE, outcome = 'skip', score = 0.1, max_score = 1e-50, label = 'label', summary = 'summary' WHERE task_id = 'secret'`,
	`UPDATE "user" SET login_id = 'anna' WHERE canvas_id = 1`,
	`UPDATE api_key SET expires_at = '2027-03-01 12:00:00+00:00', last_used_at = '2026-03-01 12:00:00+00:00', min_group = 5 WHERE prefix = 'figures'`,
	`INSERT INTO preference (course_id, user_id, data) SELECT crs.id, usr.id, '{"b":1.0,"a":2}' FROM course AS crs CROSS JOIN "user" AS usr`,
	`INSERT INTO canvas_state (course_id, user_id, state, read_at, asked_at, failure)
		SELECT crs.id, usr.id, '{"course":null}', '2026-03-01 12:00:00+00:00', '2026-03-01 12:00:00+00:00', 'failure' FROM course AS crs CROSS JOIN "user" AS usr`,
	`INSERT INTO lti_platform (id, issuer, client_id, auth_url, token_url, jwks_url, awaits_deployment, created_at)
		VALUES (900, 'https://canvas', 'client', 'https://auth', 'https://token', 'https://jwks', TRUE, '2026-03-01 12:00:00+00:00')`,
	`INSERT INTO lti_deployment (platform_id, deployment_id, account_id) SELECT 900, 'deployment', id FROM account`,
	`INSERT INTO lti_subject (platform_id, subject, user_id) SELECT 900, 'subject ' || id, id FROM "user"`,
	`INSERT INTO lti_nonce (nonce, expires_at) VALUES ('nonce', '2026-03-01 12:00:00+00:00')`,
	`INSERT INTO engine_job_cancellation (job, requested_at, attempts) VALUES ('job', '2026-03-01 12:00:00+00:00', 2)`,
	`INSERT INTO upload (course_id, id, assignment_id, section_id, passed, failed, replace_existing, state, failure, canvas_progress, created_at, started_at, ended_at)
		SELECT course_id, 901, id, (SELECT id FROM section), TRUE, FALSE, TRUE, 'failed', 'failure', '7', '2026-03-01 12:00:00+00:00', '2026-03-01 12:00:00+00:00',
			'2026-03-01 12:00:00+00:00' FROM assignment WHERE canvas_id = 501`,
	`INSERT INTO upload_outcome (course_id, upload_id, user_id, state, grade, reason)
		SELECT upl.course_id, upl.id, usr.id, 'sent', '5', 'reason' FROM upload AS upl CROSS JOIN "user" AS usr`,
	`INSERT INTO member_attempt (course_id, result_id, user_id, attempt) SELECT course_id, result_id, user_id, 9 FROM result_member`,
	`UPDATE counter SET value = 2000 WHERE name = 'id'`,
}

// The statements that insert jobs in each database; one of them is running.
var insertJobs = map[bool]string{
	true: `INSERT INTO river_job (id, kind, queue, state, priority, attempt, max_attempts, created_at, scheduled_at, attempted_at, finalized_at, args, metadata, tags, attempted_by, errors, unique_key, unique_states)
		VALUES (7, 'process', 'engine', 'running', 2, 3, 1010, '2026-03-01 12:00:00.125+00', '2026-03-01 12:00:00+00', '2026-03-01 12:00:00+00', NULL, '{"course_id": 2}', '{"river:log": [1.5]}', '{a,b}', '{one,two}', ARRAY['{"error": "first"}'::jsonb], '\x00ff', 'B10110111'),
			(8, 'sync', 'default', 'completed', 1, 1, 25, '2026-03-01 12:00:00+00', '2026-03-01 12:00:00+00', NULL, '2026-03-01 12:00:00+00', '{}', '{}', '{}', NULL, NULL, NULL, NULL)`,
	false: `INSERT INTO river_job (id, kind, queue, state, priority, attempt, max_attempts, created_at, scheduled_at, attempted_at, finalized_at, args, metadata, tags, attempted_by, errors, unique_key, unique_states)
		VALUES (7, 'process', 'engine', 'running', 2, 3, 1010, '2026-03-01 12:00:00.125', '2026-03-01 12:00:00.000', '2026-03-01 12:00:00.000', NULL, jsonb('{"course_id": 2}'), jsonb('{"river:log": [1.5]}'), jsonb('["a","b"]'), jsonb('["one","two"]'), jsonb('[{"error": "first"}]'), x'00ff', 183),
			(8, 'sync', 'default', 'completed', 1, 1, 25, '2026-03-01 12:00:00.000', '2026-03-01 12:00:00.000', NULL, '2026-03-01 12:00:00.000', jsonb('{}'), jsonb('{}'), jsonb('[]'), NULL, NULL, NULL, NULL)`,
}

// newFilledSite returns a store that has a value in every column of the tables that an export carries, and
// the files of its bundles.
func newFilledSite(t testing.TB, s *db.Store) *site {
	t.Helper()
	p := newSite(t, s)
	f := dbtest.NewFixture(t, s)
	group := dbtest.Modify(dbtest.Result(f.PublishedAssignment, f.Anna, 1), func(item *ingest.ResultItem) {
		item.Group = []int64{f.Anna.MomotorID, f.Bob.MomotorID}
		item.Steps[1].Task = 2 // without the tasks 0 and 1
		item.Result.SubmittedAt = item.Result.SubmittedAt.Add(123456 * time.Microsecond)
	})
	f.UpsertResults(t, s, group, dbtest.Result(f.PublishedAssignment, f.Anna, 2), dbtest.Result(f.OtherPublishedAssignment, f.Carl, 1))
	if _, err := ingest.UpsertAssignment(t.Context(), s, f.PublishedAssignment, dbtest.File("new.zip"), dbtest.File("config.zip"), dbtest.Noon); err != nil {
		t.Fatal(err)
	}
	for _, key := range []db.APIKey{{Prefix: "figures", ReadOnly: true}, {Prefix: "pseudonyms", ReadOnly: true, Pseudonymous: true}, {Prefix: "gone", Revoked: true}} {
		key.Name, key.HashedKey, key.CreatedAt = key.Prefix, "sha512$$"+strings.Repeat("0", 128), dbtest.Noon
		if err := s.CreateAPIKey(t.Context(), &db.APIKeyItem{Key: key, Courses: []int64{f.Course.MomotorID}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range append(fillEmptyColumns, insertJobs[s.IsPostgres()]) {
		dbtest.Exec(t, s, statement)
	}
	p.storeFiles(t)
	return p
}

// storeFiles gives each bundle a file that the data folder has, except for one that is purged.
func (p *site) storeFiles(t testing.TB) {
	t.Helper()
	var names []string
	if err := p.store.DB().NewRaw("SELECT DISTINCT name FROM bundle").Scan(t.Context(), &names); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		digest, size, err := p.blobs.Put(t.Context(), strings.NewReader("content of "+name))
		if err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, p.store, fmt.Sprintf("UPDATE bundle SET sha256 = '%s', size = %d WHERE name = '%s'", digest, size, name))
	}
	dbtest.Exec(t, p.store, "UPDATE bundle SET sha256 = NULL WHERE id = (SELECT max(id) FROM bundle)")
}

func (p *site) exporter(dir string) *exporter.Exporter {
	return &exporter.Exporter{Store: p.store, Blobs: p.blobs, Dir: dir, Log: slog.New(slog.DiscardHandler)}
}

// export exports the store to a new folder, and returns the folder.
func (p *site) export(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "export")
	report, err := p.exporter(dir).Run(t.Context())
	if err != nil || report.Missing > 0 {
		t.Fatalf("Run = %+v, %v", report, err)
	}
	return dir
}

// load imports a folder.
func (p *site) load(t testing.TB, dir string) {
	t.Helper()
	report, err := p.importFolder(t.Context(), dir)
	if err != nil || report.RejectedLines() > 0 || report.MissingFiles() > 0 {
		t.Fatalf("import: %v\n%s", err, report)
	}
}

func (p *site) importFolder(ctx context.Context, dir string) (*importer.Report, error) {
	im := &importer.Importer{Store: p.store, Blobs: p.blobs, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	return im.Run(ctx, os.DirFS(dir))
}
