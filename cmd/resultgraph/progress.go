package main

import (
	"log/slog"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A progressBar shows progress on a terminal, or logs it now and then.
type progressBar struct {
	bar    *progressbar.ProgressBar // nil if the output is not a terminal
	log    *slog.Logger
	doing  string
	logged time.Time
}

// newProgressBar returns a bar that counts units while the program does something.
func newProgressBar(c *console, log *slog.Logger, doing, units string) *progressBar {
	if f, ok := c.err.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return &progressBar{log: log, doing: doing, logged: time.Now()}
	}
	return &progressBar{bar: progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(c.err), progressbar.OptionSetDescription(doing),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(units),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())}
}

func (b *progressBar) show(done, total int64) {
	switch {
	case b.bar != nil:
		b.bar.ChangeMax64(total)
		b.bar.Set64(done)
	case time.Since(b.logged) >= progressInterval:
		b.logged = time.Now()
		b.log.Info(b.doing, "done", done, "total", total)
	}
}

func (b *progressBar) finish() {
	if b.bar != nil {
		b.bar.Finish()
	}
}
