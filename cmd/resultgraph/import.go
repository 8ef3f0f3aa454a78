package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/importer"
)

type importCommand struct {
	Path    string `arg:"" help:"A folder with a manifest.jsonl, or a zip archive of one."`
	Lenient bool   `help:"Skip fields that the format does not know, instead of refusing their items."`
}

// Run loads a folder and prints what came of it. It fails when an item was refused.
func (cmd *importCommand) Run(ctx context.Context, s *Settings, c *console) error {
	files, closer, err := importer.OpenPath(cmd.Path)
	if err != nil {
		return err
	}
	defer closer.Close()
	store, err := s.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	blobs, err := s.openBlobs()
	if err != nil {
		return err
	}
	bar := newBar(c)
	im := &importer.Importer{
		Store: store, Blobs: blobs, Now: time.Now, Lenient: cmd.Lenient,
		Limits: bundle.DefaultLimits(), Progress: bar.show,
	}
	report, err := im.Run(ctx, files)
	bar.finish()
	if report != nil {
		fmt.Fprint(c.out, report)
	}
	if err != nil {
		return fmt.Errorf("the import stopped: %w; run it again to go on", err)
	}
	if n := report.Refused(); n > 0 {
		return fmt.Errorf("%d items were refused, and all others are in", n)
	}
	return nil
}

// A bar shows progress on a terminal, and nothing elsewhere.
type bar struct{ p *progressbar.ProgressBar }

func newBar(c *console) *bar {
	if f, ok := c.err.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return &bar{}
	}
	return &bar{progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(c.err), progressbar.OptionSetDescription("importing"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("lines"),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())}
}

func (b *bar) show(p importer.Progress) {
	if b.p != nil {
		b.p.ChangeMax64(p.Total)
		b.p.Set64(p.Done)
	}
}

func (b *bar) finish() {
	if b.p != nil {
		b.p.Finish()
	}
}
