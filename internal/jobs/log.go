package jobs

import (
	"context"
	"log/slog"
)

// downgradeInfo returns a logger that logs River's info messages at debug level. Warnings and
// errors keep their level.
func downgradeInfo(log *slog.Logger) *slog.Logger { return slog.New(downgradeHandler{log.Handler()}) }

type downgradeHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h downgradeHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level == slog.LevelInfo {
		r.Level = slog.LevelDebug
	}
	if !h.Enabled(ctx, r.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h downgradeHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return downgradeHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h downgradeHandler) WithGroup(name string) slog.Handler {
	return downgradeHandler{h.Handler.WithGroup(name)}
}
