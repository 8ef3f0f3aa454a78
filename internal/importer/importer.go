// Package importer imports a folder with a manifest of Canvas objects and results, and the
// bundles that the manifest names. It identifies objects by natural keys, so an
// interrupted import can be run again and a second run changes nothing.
package importer

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/transfer"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
)

// An Importer imports folders into a store, and their bundles into a blob store.
type Importer struct {
	Store *db.Store
	Blobs blob.Store
	// Now returns the creation time of new configurations and bundles.
	Now func() time.Time
	// Lenient ignores unknown fields. Otherwise a line with an unknown field is rejected.
	Lenient bool
	// Limits applies to every bundle; zero fields mean the defaults.
	Limits bundle.Limits
	// Progress, if not nil, is called after every batch of lines, by one goroutine at a time.
	Progress func(Progress)
	Log      *slog.Logger
}

// Progress counts the lines of the manifest that are done, and all lines but blank ones.
type Progress struct{ Done, Total int64 }

// Run imports the folder fsys. It imports type by type, so the order of the lines does not
// matter. An invalid line or bundle rejects only its own item, and the report names it.
//
// Run returns an error when the import cannot continue: the manifest is missing, a store
// failed or ctx ended. The items in the report are imported then, and the import can be
// run again. Run never returns a nil report.
func (im *Importer) Run(ctx context.Context, fsys fs.FS) (*Report, error) {
	started := im.Now()
	r := &run{Importer: im, files: fsys, ids: newIDCache(im.Store), report: newReport()}
	r.recipes = recipeCache{im: im, byAssignment: map[int64]*bundle.Recipe{}}
	err := r.importAll(ctx)
	if err == nil {
		err = im.Store.RecordImport(ctx)
	}
	r.report.finish(im.Now().Sub(started))
	return r.report, err
}

// A run is one import.
type run struct {
	*Importer
	files    fs.FS
	ids      *idCache
	recipes  recipeCache
	report   *Report
	header   []byte // the first line of an export, or nil
	export   string // the id of the export, or ""
	progress Progress
	lastLine map[string]int // the number of the last line of each type
	// written counts the lines that were written, and analyzed those before the last Analyze.
	written, analyzed int
}

// importAll imports every type. A type refers only to earlier types.
func (r *run) importAll(ctx context.Context) error {
	if err := r.readHeader(); err != nil {
		return err
	}
	if err := r.countLines(ctx); err != nil {
		return err
	}
	if err := r.beginExport(ctx); err != nil {
		return err
	}
	loaders := []func(context.Context, *run) error{
		accountType().importAll, courseType().importAll, sectionType().importAll, userType().importAll, enrollmentType().importAll,
		assignmentType().importAll, resultType().importAll, apiKeyType().importAll,
	}
	for _, table := range transfer.Tables() {
		loaders = append(loaders, rowType(table).importAll)
	}
	for _, load := range loaders {
		if err := load(ctx, r); err != nil {
			return err
		}
	}
	return r.endExport(ctx)
}

// minAnalyzed is the number of lines before the first Analyze. The checks of foreign keys are slow from
// then on if their plans are those for empty tables.
const minAnalyzed = 500

// analyzeGrown counts lines as written, and updates the statistics of the database when their number has
// quadrupled.
func (r *run) analyzeGrown(ctx context.Context, lines int) error {
	r.written += lines
	if r.written < max(4*r.analyzed, minAnalyzed) {
		return nil
	}
	r.analyzed = r.written
	return r.Store.Analyze(ctx)
}

// addProgress counts lines as done and reports the progress.
func (r *run) addProgress(lines int) {
	r.progress.Done += int64(lines)
	if r.Progress != nil {
		r.Progress(r.progress)
	}
}

// reject adds a rejected line to the report.
func (r *run) reject(typ string, l line, err error) {
	r.report.addRejection(typ, Rejection{File: Manifest, Line: l.number, Item: itemName(typ, l.text), Reason: err.Error()})
}
