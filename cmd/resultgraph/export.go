package main

import (
	"context"
	"fmt"

	"github.com/momotor/resultgraph/internal/exporter"
)

type exportCommand struct {
	Dir string `arg:"" help:"Folder to write: a new one, or that of an earlier export, which is then updated."`
}

// Run exports the store to a folder in the import format.
func (cmd *exportCommand) Run(ctx context.Context, s *Settings, c *console) error {
	log := s.logger(c)
	store, err := s.openExistingStore(ctx, log)
	if err != nil {
		return err
	}
	defer store.Close()
	blobs, err := s.openBlobs(ctx, store, log)
	if err != nil {
		return err
	}
	defer blobs.Close()
	bar := newProgressBar(c, log, "exporting", "steps")
	e := &exporter.Exporter{
		Store: store, Blobs: blobs, Dir: cmd.Dir, Log: log,
		Progress: func(p exporter.Progress) { bar.show(p.Done, p.Total) },
	}
	report, err := e.Run(ctx)
	bar.finish()
	switch {
	case report == nil: // nothing was done
		return err
	case err != nil:
		return fmt.Errorf("export to %s: %w; run the command again to continue", cmd.Dir, err)
	}
	fmt.Fprintf(c.out, "Exported %d lines, and copied %d files of bundles.\n", report.Lines, report.Copied)
	if report.Missing > 0 {
		return fmt.Errorf("the files of %d bundles are missing or damaged in the data folder, all other data is exported", report.Missing)
	}
	return nil
}
