package importer_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/importer"
)

// Steps of a bundle follow the order of the recipe, and fields of the line take precedence.
func TestResults(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		f := newFolder(t)
		f.add(school...)
		f.add(
			user.with(object{"canvas_id": 9002, "name": "Bob"}),
			result.with(object{"product": "product.zip", "results": "result-full.zip", "basic": "./result.xml", "group": []int{9002, 9001}}),
			result.with(object{"attempt": 2, "results": "result.xml", "score": 7, "accepted": true, "summary": "by hand", "gone": []string{"product", "basic"}}),
			result.with(object{"attempt": 3, "state": "processing", "results": "result.xml", "progress": 0.25, "queued_at": "2026-03-01T13:00:00.1234567+01:00"}),
			result.with(object{"attempt": 4, "accepted": false, "score": 0.5, "steps": []any{
				[]any{object{"id": "a", "accepted": true, "details": object{"b": 1}}},
				[]any{object{"id": "b.0", "accepted": false, "secret": true, "details": object{"outcome": "skip"}}, object{"id": "b.1", "accepted": false, "has_error": true}},
			}}),
			result.with(object{"attempt": 5, "gone": []string{"full"}}),
			result.with(object{"attempt": 6, "state": "paused"}),
		)
		p := open()
		p.load(t, f.fs())
		check := func(name, statement string, want ...string) {
			t.Helper()
			got := p.query(t, statement)
			for i, line := range got {
				got[i] = strings.TrimSpace(strings.NewReplacer("n=", "", "v=", "", "true", "1", "false", "0", "<nil>", "-").Replace(line))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		text := func(columns ...string) string {
			return "coalesce(CAST(" + strings.Join(columns, " AS text), '-') || ' ' || coalesce(CAST(") + " AS text), '-')"
		}
		check("outcomes", "SELECT attempt AS n, "+text("label", "CAST(score * 10 AS integer)", "CAST(score_reviewer * 10 AS integer)", "summary", "CAST(progress * 100 AS integer)", "is_latest")+" AS v FROM result",
			"1 Rejected 50 55 1 of 2 tests failed 100 0",
			"2 Accepted 70 55 by hand 100 0",
			"3 Processing - - - 25 0",
			"4 Rejected 5 5 - 100 0",
			"5 - - - - 100 0",
			"6 Paused - - - - 1",
		)
		check("steps", "SELECT r.attempt AS n, "+text("s.position", "s.task", "s.task_id", "s.outcome", "s.label")+` AS v FROM step s
			JOIN result r ON r.course_id = s.course_id AND r.id = s.result_id WHERE r.attempt IN (1, 4)`,
			"1 0 0 check-files pass Check files",
			"1 1 0 run.0 pass Run test 0",
			"1 1 1 run.1 fail Run test 1",
			"1 2 0 finalize fail finalize",
			"1 3 0 late-check skip late-check",
			"4 0 0 a pass -",
			"4 1 0 b.0 skip -",
			"4 1 1 b.1 error -",
		)
		check("bundles", "SELECT r.attempt AS n, "+text("b.kind", "b.format", "b.name", "b.size", "length(b.sha256)")+` AS v FROM bundle b
			JOIN result r ON r.course_id = b.course_id AND r.id = b.result_id`,
			"1 BASIC XML result.xml 1753 64",
			"1 FULL ZIP result-full.zip 770 64",
			"1 PRODUCT ZIP product.zip 430 64",
			"2 BASIC ZIP basic.zip 0 -",
			"2 FULL XML result.xml 1753 64",
			"2 PRODUCT ZIP product.zip 0 -",
			"3 FULL XML result.xml 1753 64",
			"5 FULL ZIP full.zip 0 -",
		)
		check("members", "SELECT u.canvas_id AS n, 'is in' AS v FROM result_member m JOIN \"user\" u ON u.id = m.user_id", "9001 is in", "9002 is in")
	})
}

// Details keep their order, and details and ids keep every digit.
func TestExactValues(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		const written = `{"z": 1.0, "a":1e-07,"big":12345678901234567890,"text":"\u00e9 <b> é","nested":{"y":[ ],"x":null}}`
		const details = `{"z":1.0,"a":1e-07,"big":12345678901234567890,"text":"é <b> é","nested":{"y":[],"x":null}}`
		const id = "9223372036854775807"
		f := newFolder(t)
		f.add(school...)
		f.lines = append(f.lines,
			strings.Replace(user.String(), "9001", id, 1),
			strings.Replace(result.with(object{"steps": "STEPS"}).String(), `"STEPS"`, `[[{"id":"a","accepted":true,"details":`+written+`}]]`, 1))
		p := open()
		p.load(t, f.fs())
		if got := p.query(t, "SELECT details FROM step"); got[0] != "details="+details+" " {
			t.Errorf("the details are %s, want %s", got[0], details)
		}
		if got := p.query(t, `SELECT max(canvas_id) AS id FROM "user"`); got[0] != "id="+id+" " {
			t.Errorf("the id is %s, want %s", got[0], id)
		}
	})
}

// Results use the recipe of an earlier import.
func TestRecipeOfEarlierImport(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		f := newFolder(t)
		f.add(school...)
		p := open()
		p.load(t, f.fs())
		f.lines = nil
		delete(f.files, "recipe.xml")
		f.add(result.with(object{"results": "result.xml"}))
		p.load(t, f.fs())
		if got := p.query(t, "SELECT task_id FROM step WHERE position = 3"); !slices.Equal(got, []string{"task_id=late-check "}) {
			t.Errorf("step 3 is %v, want late-check: it is not in the recipe", got)
		}
	})
}

// A recipe that cannot be read is logged, and its results are imported.
func TestRecipeUnreadable(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.add(school...)
	p := newTarget(t, dbtest.MigratedSQLite(t))
	p.load(t, f.fs())
	p.blobs = newTarget(t, dbtest.MigratedSQLite(t)).blobs // has no recipe
	f.lines = nil
	delete(f.files, "recipe.xml")
	f.add(result.with(object{"results": "result.xml"}))
	var log bytes.Buffer
	im := p.importer()
	im.Log = slog.New(slog.NewTextHandler(&log, nil))
	if report, err := im.Run(t.Context(), f.fs()); err != nil || report.RejectedLines() > 0 || !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("Run = %v and the log %q, want a warning only", err, &log)
	}
}

// An imported key has its courses and flags.
func TestAPIKeys(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		f := newFolder(t)
		f.add(apiKey, apiKey.with(object{"prefix": "BBBBBBBB", "revoked": true, "expiry_date": "2026-06-01T00:00:00Z", "read_only": true, "courses": []any{}}))
		f.add(school...)
		p := open()
		p.load(t, f.fs())
		find := func(prefix string) access.KeyRecord {
			k, err := p.store.KeyByPrefix(t.Context(), prefix)
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		if a := find("AAAAAAAA"); len(a.CourseIDs) != 1 || a.Revoked || a.ReadOnly || a.Expires != nil || a.Name != "tool" {
			t.Errorf("key A = %+v", a)
		}
		if b := find("BBBBBBBB"); len(b.CourseIDs) != 0 || !b.Revoked || !b.ReadOnly || b.Expires == nil {
			t.Errorf("key B = %+v", b)
		}
	})
}

// An imported key keeps its kind and its pseudonyms when it is imported again, also without the fields.
func TestAPIKeyKinds(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		p := open()
		load := func(keys ...object) *importer.Report {
			t.Helper()
			f := newFolder(t)
			f.add(school...)
			f.add(keys...)
			report, err := p.importer().Run(t.Context(), f.fs())
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		find := func(prefix string) access.KeyRecord {
			k, err := p.store.KeyByPrefix(t.Context(), prefix)
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		figures, other := apiKey.with(object{"min_group": 7}), apiKey.with(object{"prefix": "BBBBBBBB"})
		pseudonymous := other.with(object{"pseudonymous": true})
		load(figures, other)
		load(figures, pseudonymous)
		const pseudonyms = "SELECT user_id, number FROM pseudonym ORDER BY user_id"
		before := p.query(t, pseudonyms)
		if find("AAAAAAAA").MinGroup != 7 || !find("BBBBBBBB").Pseudonymous || len(before) == 0 {
			t.Fatalf("the keys are %+v and %+v with the pseudonyms %v", find("AAAAAAAA"), find("BBBBBBBB"), before)
		}
		load(figures, pseudonymous)
		load(apiKey, other)
		if after := p.query(t, pseudonyms); find("AAAAAAAA").MinGroup != 7 || !find("BBBBBBBB").Pseudonymous || !slices.Equal(before, after) {
			t.Errorf("after other imports the keys are %+v and %+v with the pseudonyms %v, want the same kinds and %v",
				find("AAAAAAAA"), find("BBBBBBBB"), after, before)
		}
		for _, n := range []int{1, 1001} {
			if report := load(apiKey.with(object{"min_group": n})); report.RejectedLines() != 1 {
				t.Errorf("import with the group of %d = %s, want a rejection", n, report)
			}
		}
	})
}

// A later import updates and counts only what differs.
func TestUpdate(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		f := newFolder(t)
		f.add(school...)
		f.add(result.with(object{"results": "result-full.zip"}), result.with(object{"attempt": 2, "state": "queued"}))
		p := open()
		p.load(t, f.fs())
		before := p.query(t, "SELECT sequence_id FROM result WHERE attempt = 2")
		f.lines = nil
		f.add(user.with(object{"name": "Anne"}), result.with(object{"results": "result-full.zip", "score": 1}))
		for _, c := range p.load(t, f.fs()).Counts {
			if c.Updated != 1 {
				t.Errorf("%+v, want 1 updated", c)
			}
		}
		if after := p.query(t, "SELECT sequence_id FROM result WHERE attempt = 2"); !slices.Equal(before, after) {
			t.Errorf("the sequence number of an unchanged result changed from %v to %v", before, after)
		}
	})
}
