package importer_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/importer"
)

// equalRows compares rows and shows the first difference.
func equalRows(t testing.TB, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%d rows, want %d; row %d is\n%s\nwant\n%s", len(got), len(want), i, strings.Join(got[min(i, len(got)):min(i+2, len(got))], "\n"), strings.Join(want[min(i, len(want)):min(i+2, len(want))], "\n"))
		}
	}
}

// addSchool adds two accounts with the same Canvas ids, and results of every kind: n
// attempts of each of 5 users for each of 2 assignments.
func (f *folder) addSchool(n int) {
	for _, guid := range []string{"guid", "other"} {
		in := object{"account": guid}
		f.add(account.with(object{"canvas_guid": guid}), course.with(in).with(object{"code": guid}), section.with(in))
		for u := range 5 {
			f.add(user.with(in).with(object{"canvas_id": 9001 + u, "name": fmt.Sprint("Student ", u)}), enrollment.with(in).with(object{"user": 9001 + u}))
		}
		for g := range 2 {
			f.add(assignment.with(in).with(object{"canvas_id": 501 + g}))
			for u := range 5 {
				for attempt := range n {
					f.add(sampleResult((u + attempt) % 5).with(in).with(object{"assignment": 501 + g, "user": 9001 + u, "attempt": attempt + 1}))
				}
			}
		}
	}
	f.add(apiKey)
}

func sampleResult(kind int) object {
	steps := []any{[]any{object{"id": "a", "accepted": true, "details": object{"x": 1.5}}}, []any{object{"id": "b", "accepted": false}}}
	return []object{
		result.with(object{"results": "result-full.zip", "product": "product.zip"}),
		result.with(object{"basic": "result.xml", "gone": []string{"full"}, "group": []int{9001, 9002}}),
		result.with(object{"steps": steps, "accepted": false, "score": 2}),
		result.with(object{"state": "queued", "queued_at": "2026-03-01T12:00:01.5Z"}),
		result.with(object{"is_late": true, "processed_at": "2026-03-01T12:00:00.123456+02:00"}),
	}[kind]
}

// A second import changes nothing, including sequence numbers.
func TestSecondImportChangesNothing(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		f := newFolder(t)
		f.addSchool(8)
		p := open()
		p.load(t, f.fs())
		before := p.rows(t)
		report := p.load(t, f.fs())
		equalRows(t, p.rows(t), before)
		lines := 0
		for _, c := range report.Counts {
			if lines += c.Unchanged; c.Created+c.Updated > 0 {
				t.Errorf("the second import: %+v, want all unchanged", c)
			}
		}
		if lines != len(f.lines) {
			t.Errorf("%d lines are counted, want %d", lines, len(f.lines))
		}
	})
}

// An interrupted import that is run again gives the same rows as one without interruption.
func TestInterruptedImport(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		f := newFolder(t)
		f.addSchool(30)
		uninterrupted, interrupted := open(), open()
		uninterrupted.load(t, f.fs())
		total := int64(len(f.lines))
		for _, at := range []int64{1, 30, total - 590, total - 390} {
			ctx, cancel := context.WithCancel(t.Context())
			im := interrupted.importer()
			im.Progress = func(p importer.Progress) {
				if p.Total != total {
					t.Errorf("the total is %d, want %d", p.Total, total)
				}
				if p.Done >= at {
					cancel()
				}
			}
			if _, err := im.Run(ctx, f.fs()); !errors.Is(err, context.Canceled) {
				t.Errorf("Run, cancelled after %d lines, = %v, want %v", at, err, context.Canceled)
			}
			cancel()
		}
		interrupted.load(t, f.fs())
		equalRows(t, interrupted.content(t), uninterrupted.content(t))
	})
}

// The order of the lines does not matter, also between types.
func TestLineOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.addSchool(5)
	ordered := newTarget(t, dbtest.MigratedSQLite(t))
	ordered.load(t, f.fs())
	want := ordered.content(t)
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			shuffled := folder{f.files, slices.Clone(f.lines)}
			rand.New(rand.NewPCG(seed, 0)).Shuffle(len(f.lines), func(i, j int) {
				shuffled.lines[i], shuffled.lines[j] = shuffled.lines[j], shuffled.lines[i]
			})
			p := newTarget(t, dbtest.MigratedSQLite(t))
			p.load(t, shuffled.fs())
			equalRows(t, p.content(t), want)
		})
	}
}

// A repeated line counts as unchanged; a line that contradicts an earlier one is rejected.
func TestRepeatedLines(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		f := newFolder(t)
		f.add(school...)
		f.add(result, result, result.with(object{"is_late": true}), enrollment)
		p := open()
		report, err := p.importer().Run(t.Context(), f.fs())
		if err != nil || report.RejectedLines() != 1 {
			t.Fatalf("Run = %v, rejected %v, want one line", err, report.Rejections)
		}
		if got, want := report.Rejections[0].Reason, "line 7 has other values for the same item"; got != want {
			t.Errorf("the reason is %s, want %s", got, want)
		}
	})
}

// A row that only the store can reject does not affect the rest of its batch.
func TestRejectedByStore(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		f := newFolder(t)
		f.add(account, account.with(object{"canvas_guid": "b", "id": 77}), account.with(object{"canvas_guid": "c", "id": 77}), account.with(object{"canvas_guid": "d"}))
		p := open()
		report, err := p.importer().Run(t.Context(), f.fs())
		if err != nil {
			t.Fatal(err)
		}
		if r := report.Rejections; len(r) != 1 || r[0].Line != 3 || report.Counts[0] != (importer.Count{Type: "account", Created: 3, Rejected: 1}) {
			t.Errorf("the report is\n%s\nwant line 3 rejected and 3 created", report)
		}
	})
}

// Lenient ignores unknown fields, also in steps.
func TestLenient(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.add(school...)
	f.add(result.with(object{"grader": "x", "steps": []any{[]any{object{"id": "a", "accepted": true, "points": 3}}}}))
	p := newTarget(t, dbtest.MigratedSQLite(t))
	im := p.importer()
	im.Lenient = true
	report, err := im.Run(t.Context(), f.fs())
	if err != nil || report.RejectedLines() > 0 {
		t.Fatalf("Run = %v, rejected %v", err, report.Rejections)
	}
	if got := p.query(t, "SELECT task_id FROM step"); !slices.Equal(got, []string{"task_id=a "}) {
		t.Errorf("steps = %v, want a", got)
	}
}

// A failed store ends the import.
func TestStoreFailure(t *testing.T) {
	forEachDatabase(t, func(t *testing.T, open func() *target) {
		f := newFolder(t)
		f.addSchool(30)
		p := open()
		im := p.importer()
		im.Progress = func(progress importer.Progress) {
			if progress.Done > progress.Total/2 {
				p.store.Close()
			}
		}
		report, err := im.Run(t.Context(), f.fs())
		if err == nil || report.RejectedLines() > 0 {
			t.Errorf("Run = %v, and rejected %d; want an error and no rejection", err, report.RejectedLines())
		}
	})
}
