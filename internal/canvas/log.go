package canvas

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// note is the line that the log gets for one request. The query is left out: addresses of
// files hold secrets there. Of other hosts the path is left out as well.
type note struct {
	log    *slog.Logger
	now    func() time.Time
	start  time.Time
	method string
	where  slog.Attr
}

func (c *Client) note(r *http.Request) *note {
	where := slog.String("path", r.URL.Path)
	if !c.isHome(r.URL) {
		where = slog.String("host", r.URL.Host)
	}
	return &note{c.log, c.clock.now, c.clock.now(), r.Method, where}
}

func (n *note) failed(ctx context.Context, err error) {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	n.write(ctx, slog.LevelWarn, slog.String("error", err.Error()))
}

func (n *note) answered(ctx context.Context, resp *http.Response, err error) {
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
	n.write(ctx, level, attrs...)
}

func (n *note) write(ctx context.Context, level slog.Level, more ...slog.Attr) {
	attrs := append([]slog.Attr{slog.String("method", n.method), n.where}, more...)
	attrs = append(attrs, slog.Int64("ms", n.now().Sub(n.start).Milliseconds()))
	n.log.LogAttrs(ctx, level, "asked Canvas", attrs...)
}
