// Package exporter writes all data of a store to a folder in the import format: a manifest and the files of
// bundles. An import of the folder into an empty store gives a store with the same ids.
package exporter

import (
	"context"
	"errors"
	"log/slog"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/db/transfer"
	"github.com/momotor/resultgraph/internal/blob"
)

// An Exporter exports a store and its files to the folder Dir.
type Exporter struct {
	Store *db.Store
	Blobs blob.Store
	Dir   string
	// Progress, if not nil, is called often, by one goroutine at a time.
	Progress func(Progress)
	Log      *slog.Logger
}

// Progress counts the steps of an export that are done, and all steps. A step is a result, the row of a
// bundle, or the file of a bundle.
type Progress struct{ Done, Total int64 }

// A Report is the result of an export.
type Report struct {
	// Lines counts the lines of the manifest.
	Lines int64
	// Copied counts the files that this run has copied. Files of an earlier run are kept.
	Copied int64
	// Missing counts the bundles whose files are missing or damaged in the store. The log names them, and the
	// manifest has their rows.
	Missing int64
}

// Run exports the store. The folder must be new, empty or the folder of an earlier export. The manifest gets
// its name when it and all files are complete, so that a run that was interrupted can be repeated. All rows
// are read from one snapshot of the database. Most files are copied before, so that the snapshot is short.
func (e *Exporter) Run(ctx context.Context) (*Report, error) {
	f, err := openFolder(e.Dir, e.Log)
	if err != nil {
		return nil, err
	}
	r := &run{Exporter: e, folder: f, report: &Report{}}
	return r.report, errors.Join(r.export(ctx), f.close())
}

// A run is one export.
type run struct {
	*Exporter
	folder   *folder
	report   *Report
	progress Progress
}

func (r *run) export(ctx context.Context) error {
	var err error
	if r.progress.Total, err = transfer.CountParts(ctx, r.Store); err != nil {
		return err
	}
	if err := r.copyFiles(ctx); err != nil {
		return err
	}
	m, err := r.folder.newManifest()
	if err != nil {
		return err
	}
	defer m.discard()
	var stale []string
	err = r.Store.DB().InReadTx(ctx, func(tx query.ReadTx) error {
		w := &writer{run: r, tx: tx, manifest: m, names: newNames()}
		if err := w.writeAll(ctx); err != nil {
			return err
		}
		stale, err = r.staleFiles(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	r.report.Lines = m.lines
	return errors.Join(m.commit(), r.folder.remove(stale))
}

// addProgress counts steps as done.
func (r *run) addProgress(steps int64) {
	r.progress.Done += steps
	if r.Progress != nil {
		r.Progress(r.progress)
	}
}
