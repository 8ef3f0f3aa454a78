package access

import (
	"context"
	"sync/atomic"
)

// A CallerRecord tells code outside of the handler of a request, such as a log of requests, who the caller was.
type CallerRecord struct {
	authentication atomic.Pointer[Authentication]
}

type callerRecordKey struct{}

// WithCallerRecord returns a context whose record gets the caller once a handler has authenticated the request.
func WithCallerRecord(ctx context.Context) (context.Context, *CallerRecord) {
	r := &CallerRecord{}
	return context.WithValue(ctx, callerRecordKey{}, r), r
}

// Identity returns who the caller was, also if the request was rejected later. It is anonymous before the
// authentication, and after one that failed.
func (r *CallerRecord) Identity() Identity {
	if a := r.authentication.Load(); a != nil {
		return a.Identity()
	}
	return anonymous.Identity()
}

// recordCaller sets the caller of the record of a context, if it has one.
func recordCaller(ctx context.Context, a *Authentication) {
	if r, ok := ctx.Value(callerRecordKey{}).(*CallerRecord); ok {
		r.authentication.Store(a)
	}
}
