package jobs

import (
	"context"
	"log/slog"
	"strings"
)

// riverEvents are the events that River reports as problems, by the component that its messages begin with.
var riverEvents = map[string]string{
	"producer":                  "cannot fetch jobs from the queue",
	"Notifier":                  "cannot listen for new jobs; the queue is polled instead",
	"Elector":                   "cannot elect the instance that schedules jobs",
	"PeriodicJobEnqueuer":       "cannot enqueue periodic jobs",
	"JobScheduler":              "cannot schedule postponed and retried jobs",
	"JobRescuer":                "cannot requeue stuck jobs",
	"JobExecutor":               "cannot record the outcome of a job",
	"AsyncCompleter":            "cannot record that jobs ended",
	"BatchCompleter":            "cannot record that jobs ended",
	"JobCleaner":                "cannot delete old jobs",
	"QueueCleaner":              "cannot delete old queues",
	"SQLiteNotificationCleaner": "cannot delete old notifications of the queue",
	"Reindexer":                 "cannot rebuild the indexes of the queue",
	"QueueMaintainerLeader":     "cannot start the upkeep of the queue",
}

// stuckMessage is River's message for a job that runs longer than its time limit.
const stuckMessage = "JobExecutor: Job appears to be stuck"

// newRiverLogger returns a logger for River that describes River's messages in words of this project. The attribute
// river has the original message. It logs River's info messages at debug level.
func newRiverLogger(log *slog.Logger) *slog.Logger { return slog.New(riverHandler{log.Handler()}) }

type riverHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h riverHandler) Handle(ctx context.Context, r slog.Record) error {
	level := r.Level
	if level == slog.LevelInfo {
		level = slog.LevelDebug
	}
	if !h.Enabled(ctx, level) {
		return nil
	}
	translated := slog.NewRecord(r.Time, level, riverEvent(level, r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "err" {
			a.Key = "error"
		}
		translated.AddAttrs(a)
		return true
	})
	translated.AddAttrs(slog.String("river", r.Message))
	return h.Handler.Handle(ctx, translated)
}

// riverEvent returns the event that a message of River reports.
func riverEvent(level slog.Level, message string) string {
	component, _, _ := strings.Cut(message, ": ")
	event, isKnown := riverEvents[component]
	switch {
	case level < slog.LevelWarn:
		return "job queue"
	case message == stuckMessage:
		return "a job runs longer than its time limit"
	case isKnown:
		return event
	}
	return "problem of the job queue"
}

// WithAttrs implements slog.Handler.
func (h riverHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return riverHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h riverHandler) WithGroup(name string) slog.Handler {
	return riverHandler{h.Handler.WithGroup(name)}
}
