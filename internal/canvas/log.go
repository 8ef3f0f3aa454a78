package canvas

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// A logEntry is the log entry for one request. It omits the query string, because URLs of
// files contain secrets there. For other hosts it omits the path as well.
type logEntry struct {
	log      *slog.Logger
	now      func() time.Time
	start    time.Time
	method   string
	location slog.Attr
}

func (c *Client) startLog(r *http.Request) *logEntry {
	location := slog.String("path", r.URL.Path)
	if !c.isCanvas(r.URL) {
		location = slog.String("host", r.URL.Host)
	}
	return &logEntry{c.log, c.clock.now, c.clock.now(), r.Method, location}
}

func (e *logEntry) logError(ctx context.Context, err error) {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	e.write(ctx, slog.LevelWarn, slog.String("error", err.Error()))
}

func (e *logEntry) logResponse(ctx context.Context, resp *http.Response, err error) {
	level := slog.LevelDebug
	attrs := []slog.Attr{slog.Int("status", resp.StatusCode)}
	for _, h := range []struct{ name, header string }{
		{"cost", "X-Request-Cost"}, {"remaining", "X-Rate-Limit-Remaining"},
	} {
		if v := resp.Header.Get(h.header); v != "" {
			attrs = append(attrs, slog.String(h.name, v))
		}
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	if err != nil || resp.StatusCode >= 400 {
		level = slog.LevelWarn
	}
	e.write(ctx, level, attrs...)
}

func (e *logEntry) write(ctx context.Context, level slog.Level, more ...slog.Attr) {
	attrs := append([]slog.Attr{slog.String("method", e.method), e.location}, more...)
	attrs = append(attrs, slog.Int64("ms", e.now().Sub(e.start).Milliseconds()))
	e.log.LogAttrs(ctx, level, "Canvas request", attrs...)
}
