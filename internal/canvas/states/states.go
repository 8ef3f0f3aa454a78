// Package states asks Canvas for the states of people in their courses, and keeps the last answers in the
// store.
package states

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
	"github.com/momotor/resultgraph/internal/fault"
)

// Clients has a Canvas client for each account: see accounts.Accounts.
type Clients interface {
	Client(ctx context.Context, account int64) (*canvas.Client, error)
	RecordAvailability(ctx context.Context, account int64, err error) error
}

const (
	// maxAge is the age up to which a state is recent, and the time between two requests after a failure.
	maxAge = time.Minute
	// maxWait is the time that Canvas has to answer.
	maxWait = 8 * time.Second
)

// A Reader reads states. All fields are required.
type Reader struct {
	Store   *db.Store
	Clients Clients
	Now     func() time.Time
	Log     *slog.Logger

	asking singleflight.Group
}

// State returns the state of a person in a course of an account. It asks Canvas unless the last answer is at
// most a minute old. If Canvas does not answer, it returns the last known state with the failure: that of
// the last answer, or else that of the last synchronization. Its errors are those of the store.
func (r *Reader) State(ctx context.Context, account int64, k db.MemberKey) (*db.CanvasState, error) {
	last, err := r.Store.LastCanvasAnswer(ctx, k)
	if err != nil {
		return nil, err
	}
	if last == nil || r.Now().Sub(last.AskedAt) > maxAge {
		if last, err = r.askOnce(ctx, account, k); err != nil {
			return nil, err
		}
	}
	return r.describe(ctx, k, last)
}

// askOnce asks Canvas, and joins a request for the same state that is running.
func (r *Reader) askOnce(ctx context.Context, account int64, k db.MemberKey) (*db.CanvasAnswer, error) {
	answer, err, _ := r.asking.Do(fmt.Sprint(k), func() (any, error) {
		ctx := context.WithoutCancel(ctx) // others may wait for this request
		if err := r.ask(ctx, account, k); err != nil {
			return nil, err
		}
		return r.Store.LastCanvasAnswer(ctx, k)
	})
	if err != nil {
		return nil, err
	}
	return answer.(*db.CanvasAnswer), nil
}

// ask asks Canvas and stores the outcome.
func (r *Reader) ask(ctx context.Context, account int64, k db.MemberKey) error {
	asked, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	synced, err := r.Store.SyncedState(ctx, k)
	if err != nil {
		return err
	}
	if synced.Course == nil { // deleted meanwhile
		return fault.NotFound
	}
	client, err := r.Clients.Client(asked, account)
	var state *db.CanvasState
	if err == nil {
		state, err = fetch(asked, client, canvas.ID(synced.Course.CanvasID), canvas.ID(synced.Person.CanvasID))
		if recordErr := r.Clients.RecordAvailability(ctx, account, err); recordErr != nil {
			return recordErr
		}
	}
	if err == nil {
		return r.Store.SaveCanvasState(ctx, k, state, r.Now().UTC().Truncate(time.Microsecond))
	}
	r.Log.WarnContext(ctx, "state of a person not read from Canvas", "account", account, "course", k.CourseID, "error", err)
	return r.Store.SaveCanvasFailure(ctx, k, failureText(err), r.Now().UTC().Truncate(time.Microsecond))
}

// failureText returns the sentence for clients about a failure.
func failureText(err error) string {
	switch {
	case errors.Is(err, accounts.ErrNotConfigured):
		return "The Canvas of this account is not configured: ask an administrator to set a token."
	case errors.Is(err, canvas.ErrUnauthorized), errors.Is(err, canvas.ErrForbidden):
		return "Canvas does not accept the token of this server: ask an administrator to replace it."
	case errors.Is(err, canvas.ErrThrottled):
		return "Canvas limits the requests of this server: try again later."
	}
	return "Canvas does not answer: try again later."
}

// describe returns the state of an answer with its age and the failure.
func (r *Reader) describe(ctx context.Context, k db.MemberKey, last *db.CanvasAnswer) (*db.CanvasState, error) {
	known := last.State
	if known == nil {
		var err error
		if known, err = r.Store.SyncedState(ctx, k); err != nil {
			return nil, err
		}
	}
	state := *known // callers of askOnce share the answer
	if state.AsOf != nil {
		state.Age = new(max(0, int(r.Now().Sub(*state.AsOf).Seconds())))
	}
	state.Failure = last.Failure
	return &state, nil
}
