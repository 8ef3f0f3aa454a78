package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/uptrace/bun"
	"google.golang.org/grpc/grpclog"
)

// logger returns the logger of a command.
func (s *Settings) logger(c *console) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // the flag is an enum of valid levels
	return newLogger(c.err, level, s.LogJSON)
}

func newLogger(w io.Writer, level slog.Level, json bool) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if json {
		return slog.New(requestHandler{slog.NewJSONHandler(w, opts)})
	}
	return slog.New(requestHandler{slog.NewTextHandler(w, opts)})
}

// wantsJSON reports whether --log-json is set, also on a command line that is wrong.
func wantsJSON(args []string, getenv environment) bool {
	env, _, err := withConfigFile(args, getenv)
	if err != nil {
		env = getenv
	}
	value := env(variableName("log-json"))
	for _, arg := range args {
		if arg == "--log-json" {
			value = "true"
		} else if v, ok := strings.CutPrefix(arg, "--log-json="); ok {
			value = v
		}
	}
	return slices.Contains([]string{"true", "1", "yes"}, strings.ToLower(value))
}

// redirectLibraryLogs makes libraries that write to the standard error write to a logger: those that use package
// log, bun and gRPC. It must be called before they are used.
func redirectLibraryLogs(log *slog.Logger) {
	slog.SetDefault(log)
	bun.SetLogger(slog.NewLogLogger(log.Handler(), slog.LevelWarn))
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, slog.NewLogLogger(log.Handler(), slog.LevelError).Writer()))
}

// reportError writes the error of a command.
func reportError(w io.Writer, err error, json bool) {
	if json {
		newLogger(w, slog.LevelInfo, json).Error("the command failed", "error", err)
		return
	}
	fmt.Fprintln(w, "resultgraph:", err)
}

// announce prints a text for people to the standard output, or logs an event with --log-json.
func (s *Settings) announce(c *console, text, event string, args ...any) {
	if s.LogJSON {
		s.logger(c).Info(event, args...)
		return
	}
	fmt.Fprint(c.out, text)
}

// A requestHandler adds the id of the request to the records that have its context.
type requestHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h requestHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := middleware.GetReqID(ctx); id != "" {
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}
