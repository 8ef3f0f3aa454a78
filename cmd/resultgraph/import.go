package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/importer"
)

type importCommand struct {
	Path    string `arg:"" help:"Folder with a manifest.jsonl, or a zip archive of one."`
	Lenient bool   `help:"Ignore unknown fields instead of rejecting their items."`
}

// Run imports a folder and prints a report. It fails if an item was rejected.
func (cmd *importCommand) Run(ctx context.Context, s *Settings, c *console) error {
	files, closer, err := importer.OpenPath(cmd.Path)
	if err != nil {
		return err
	}
	defer closer.Close()
	store, err := s.openStoreToImport(ctx, s.logger(c))
	if err != nil {
		return err
	}
	defer store.Close()
	blobs, err := s.openBlobs(ctx, store, s.logger(c))
	if err != nil {
		return err
	}
	defer blobs.Close()
	bar := newProgressBar(c, s.logger(c), "importing", "lines")
	im := &importer.Importer{
		Store: store, Blobs: blobs, Now: time.Now, Lenient: cmd.Lenient,
		Limits: bundle.DefaultLimits(), Progress: func(p importer.Progress) { bar.show(p.Done, p.Total) }, Log: s.logger(c),
	}
	report, err := im.Run(ctx, files)
	bar.finish()
	if errors.Is(err, fault.Conflict) { // nothing was imported
		return err
	}
	if report != nil {
		fmt.Fprint(c.out, report)
	}
	if err != nil {
		return fmt.Errorf("import %s: %w; run the command again to continue", cmd.Path, err)
	}
	if n := report.RejectedLines(); n > 0 {
		return fmt.Errorf("%d items were rejected, all others are imported", n)
	}
	if n := report.MissingFiles(); n > 0 {
		return fmt.Errorf("the files of %d bundles are missing or damaged in the export, all other data is imported; to add a file, copy it from a backup to the folder blobs", n)
	}
	return nil
}
