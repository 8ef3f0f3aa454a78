package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

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
	bar := newProgressBar(c, "importing", "lines")
	im := &importer.Importer{
		Store: store, Blobs: blobs, Now: time.Now, Lenient: cmd.Lenient,
		Limits: bundle.DefaultLimits(), Progress: func(p importer.Progress) { bar.show(p.Done, p.Total) }, Log: s.logger(c),
	}
	report, err := im.Run(ctx, files)
	bar.finish()
	if report != nil {
		fmt.Fprint(c.out, report)
	}
	switch {
	case errors.Is(err, fault.Conflict): // nothing was imported
		return err
	case err != nil:
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

// A progressBar shows progress if the output is a terminal.
type progressBar struct{ bar *progressbar.ProgressBar }

// newProgressBar returns a bar that counts units while the program does something.
func newProgressBar(c *console, doing, units string) *progressBar {
	if f, ok := c.err.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return &progressBar{}
	}
	return &progressBar{progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(c.err), progressbar.OptionSetDescription(doing),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(units),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())}
}

func (b *progressBar) show(done, total int64) {
	if b.bar != nil {
		b.bar.ChangeMax64(total)
		b.bar.Set64(done)
	}
}

func (b *progressBar) finish() {
	if b.bar != nil {
		b.bar.Finish()
	}
}
