// Package importer takes in a folder with a manifest of Canvas objects and results, and
// the bundles that it names. Everything in it is told apart by its natural key, so an
// import that was broken off can be run again, and a second one changes nothing.
package importer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
)

// Manifest is the name of the file that an import folder is known by. It holds one JSON
// object a line.
const Manifest = "manifest.jsonl"

// An Importer loads import folders into a store, and their bundles into a blob store.
type Importer struct {
	Store *db.Store
	Blobs blob.Store
	// Now is the clock: it stamps configurations and bundles that are new.
	Now func() time.Time
	// Lenient skips fields that the format does not know. Otherwise they refuse their line.
	Lenient bool
	// Limits bound every bundle; fields that are zero have their defaults.
	Limits bundle.Limits
	// Progress, if there is one, is told how far the import has come: after every batch of
	// lines, by one goroutine at a time.
	Progress func(Progress)
}

// Progress is how many lines of the manifest are done, of how many that are not blank.
type Progress struct{ Done, Total int64 }

// Run loads what fsys holds, type by type in the order of the format, in whatever order
// the lines come. A line or bundle that is broken refuses its own item, which the report
// names, and nothing else.
//
// The error says why the import could not go on: there is no manifest, a store failed,
// ctx ended. What was reported until then is in, and to run it again is safe. Run never
// returns a nil report.
func (im *Importer) Run(ctx context.Context, fsys fs.FS) (*Report, error) {
	started := im.Now()
	r := &run{Importer: im, files: fsys, names: newDirectory(im.Store), report: newReport()}
	r.recipes = recipes{im: im, of: map[int64]*bundle.Recipe{}}
	err := r.all(ctx)
	r.report.finish(im.Now().Sub(started))
	return r.report, err
}

// A run is one import.
type run struct {
	*Importer
	files    fs.FS
	names    *directory
	recipes  recipes
	report   *Report
	progress Progress
	last     map[string]int // the last line of each type that there is
}

// all loads every type. What a type refers to comes in a type before it.
func (r *run) all(ctx context.Context) error {
	if err := r.survey(ctx); err != nil {
		return err
	}
	for _, load := range []func(context.Context, *run) error{
		accounts().load, courses().load, sections().load, users().load, enrollments().load,
		assignments().load, results().load, apiKeys().load,
	} {
		if err := load(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// done counts lines as done.
func (r *run) done(lines int) {
	r.progress.Done += int64(lines)
	if r.Progress != nil {
		r.Progress(r.progress)
	}
}

// refuse reports a line that is not taken in.
func (r *run) refuse(typ string, l line, err error) {
	r.report.refuse(typ, Refusal{File: Manifest, Line: l.no, Item: itemName(typ, l.text), Reason: err.Error()})
}

// open opens the manifest.
func (r *run) open() (fs.File, error) {
	f, err := r.files.Open(Manifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: an import folder has one, with a JSON object a line", Manifest)
	}
	if err != nil {
		return nil, fmt.Errorf("open the manifest: %w", err)
	}
	return f, nil
}
