package importer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/importer"
)

var exportHeader = object{"type": "export", "export_id": "one", "format": 1}

// addExport adds an export of a school with a result.
func (f *folder) addExport() {
	id := func(o object, id int) object { return o.with(object{"id": id}) }
	f.lines = append([]string{exportHeader.String()}, f.lines...)
	f.add(
		object{"type": "counter", "name": "id", "value": 900},
		id(account, 100), id(course, 200), id(section, 300), id(user, 400), enrollment,
		id(assignment, 500).with(object{"recipe": nil, "config": nil, "revision": 3, "refreshed_at": "2026-03-01T12:00:00Z", "position": 0, "due_at": "1900-01-01T00:00:00Z"}),
		id(result, 600).with(object{
			"sequence_id": 70, "is_latest": true, "revision": 3, "engine_job": "job", "summary": strings.Repeat("long ", 1<<20),
			"steps": []any{[]any{}, []any{nil, object{"id": "run.1", "accepted": false, "outcome": "skip"}}},
		}),
		id(apiKey, 700).with(object{"pseudonymous": true, "last_used_at": "2026-03-01T12:00:00Z"}),
		object{"type": "pseudonym", "api_key_id": 700, "user_id": 400, "number": 12345},
		object{"type": "course_version", "course_id": 200, "version": 71},
	)
}

// The items of an export keep their ids and numbers, and values beyond the limits of other manifests. The store
// continues after the ids.
func TestExportKeepsIDs(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		p, f := open(), newFolder(t)
		f.addExport()
		p.load(t, f.fs())
		for statement, want := range map[string]string{
			"SELECT id, canvas_guid FROM account": "id=100 canvas_guid=guid ",
			"SELECT id FROM course":               "id=200 ",
			"SELECT id FROM section":              "id=300 ",
			`SELECT id FROM "user"`:               "id=400 ",
			"SELECT id, revision FROM assignment WHERE refreshed_at IS NOT NULL":         "id=500 revision=3 ",
			"SELECT id, sequence_id, revision, engine_job, label FROM result":            "id=600 sequence_id=70 revision=3 engine_job=job label=<nil> ",
			"SELECT position FROM assignment WHERE due_at < '1901-01-01 00:00:00+00:00'": "position=0 ",
			"SELECT length(summary) AS summary FROM result":                              "summary=5242880 ",
			"SELECT position, task, outcome FROM step":                                   "position=1 task=1 outcome=skip ",
			"SELECT id FROM api_key WHERE last_used_at IS NOT NULL":                      "id=700 ",
			"SELECT number FROM pseudonym":                                               "number=12345 ",
			"SELECT version FROM course_version":                                         "version=71 ",
			"SELECT value FROM counter WHERE name = 'id'":                                "value=900 ",
			"SELECT total, latest FROM result_count":                                     "total=1 latest=1 ",
			"SELECT count(*) AS unfinished FROM store WHERE export_id IS NOT NULL":       "unfinished=0 ",
		} {
			if got := p.query(t, statement); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %q, want %q", statement, got, want)
			}
		}
		next := newFolder(t)
		next.add(user.with(object{"canvas_id": 9002}))
		p.load(t, next.fs())
		if got := p.query(t, `SELECT max(id) > 900 AS is_new FROM "user"`); !slices.Contains([]string{"is_new=true ", "is_new=1 "}, got[0]) {
			t.Errorf("the next id is not after those of the export")
		}
	})
}

// An export is imported only into an empty store, and its fields and types are refused in other manifests.
func TestExportNeedsEmptyStore(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		p, f := open(), newFolder(t)
		f.add(school...)
		p.load(t, f.fs())
		before := p.rows(t)
		f = newFolder(t)
		f.addExport()
		if _, err := p.importer().Run(t.Context(), f.fs()); err == nil || !strings.Contains(err.Error(), "only into an empty store") {
			t.Errorf("Run = %v, want a message about the store", err)
		}
		f = newFolder(t)
		f.add(course.with(object{"id": 5}), result.with(object{"sequence_id": 5}), object{"type": "preference", "course_id": 1, "user_id": 1, "data": "{}"}, exportHeader)
		report, err := p.importer().Run(t.Context(), f.fs())
		if err != nil || report.RejectedLines() != 4 {
			t.Fatalf("Run = %v, with the report\n%s\nwant all lines rejected", err, report)
		}
		for _, r := range report.Rejections[:3] {
			if !strings.Contains(r.Reason, "only in an export") {
				t.Errorf("line %d is rejected with %q, want a message about exports", r.Line, r.Reason)
			}
		}
		equalRows(t, p.rows(t), before)
	})
}

// The import of an export that was interrupted continues, and gives the rows of an uninterrupted one.
func TestInterruptedExportImport(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		f := newFolder(t)
		f.addExport()
		whole := open()
		whole.load(t, f.fs())
		p := open()
		for i := range len(f.lines) + 1 { // each attempt ends after another line
			ctx, cancel := context.WithCancel(t.Context())
			im, done := p.importer(), 0
			im.Progress = func(importer.Progress) {
				if done++; done > i+1 {
					cancel()
				}
			}
			_, err := im.Run(ctx, f.fs())
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("attempt %d: %v", i, err)
			}
		}
		equalRows(t, p.rows(t), whole.rows(t))
	})
}
