package graph

import (
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// An httpHandler answers GraphQL requests over HTTP.
type httpHandler struct {
	executor  *executor.Executor
	transport httpTransport
	log       *slog.Logger
}

func newHandler(e *executor.Executor, lim Limits, log *slog.Logger) *httpHandler {
	return &httpHandler{e, newTransport(lim, log), log}
}

// ServeHTTP answers a request. When it cannot complete a response that has begun, it closes
// the connection, so that the client does not accept a partial response as complete.
func (h *httpHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(graphql.StartOperationTrace(r.Context()))
	err := h.serve(w, r)
	if err == nil {
		return
	}
	if r.Context().Err() == nil {
		h.log.ErrorContext(r.Context(), "response interrupted", "error", err)
	}
	panic(http.ErrAbortHandler)
}

// serve answers a request. It returns an error if the response is incomplete. A panic becomes an
// INTERNAL error if the response has not begun.
func (h *httpHandler) serve(w http.ResponseWriter, r *http.Request) (err error) {
	tracked := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		presented := h.executor.PresentRecoveredError(r.Context(), v).(*gqlerror.Error)
		if tracked.Status() != 0 {
			err = presented
			return
		}
		writeError(w, r, http.StatusInternalServerError, presented)
	}()
	return h.transport.answer(tracked, r, h.executor)
}
