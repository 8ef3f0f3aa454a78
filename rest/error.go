package rest

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/fault"
)

// The kinds of failure that only the REST API has.
var (
	notAllowed     = &fault.Kind{Code: "METHOD_NOT_ALLOWED", Status: http.StatusMethodNotAllowed, Name: "method not allowed"}
	notAcceptable  = &fault.Kind{Code: "NOT_ACCEPTABLE", Status: http.StatusNotAcceptable, Name: "not acceptable"}
	notSatisfiable = &fault.Kind{Code: "RANGE_NOT_SATISFIABLE", Status: http.StatusRequestedRangeNotSatisfiable, Name: "range not satisfiable"}
	notSupported   = &fault.Kind{Code: "UNSUPPORTED_MEDIA_TYPE", Status: http.StatusUnsupportedMediaType, Name: "unsupported media type"}
)

// stockMessage returns the fixed message for a kind, or "" if it has none. Most are messages of
// Django REST framework.
func stockMessage(k *fault.Kind) string {
	switch k {
	case fault.Unauthenticated:
		return "Authentication credentials were not provided."
	case fault.Forbidden:
		return "You do not have permission to perform this action."
	case fault.NotFound:
		return "Not found."
	case fault.Internal:
		return "A server error occurred."
	case notAcceptable:
		return "Could not satisfy the request Accept header."
	case notSatisfiable:
		return "The content has no such range."
	}
	return ""
}

// writeError writes an error: {"detail": …}, or the messages for each field.
func (ar *apiRequest) writeError(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.Describe(err)
	if f.Kind == fault.Internal && !errors.As(err, new(gqlerror.List)) { // the executor has logged a gqlerror.List
		ar.conf.Log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	}
	f.SetRetryAfter(w.Header())
	if f.Kind == fault.Unauthenticated && ar.conf.AuthFailureStatus == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Api-Key")
	}
	var body any = map[string]string{"detail": detailMessage(f)}
	if f.Fields != nil {
		body = f.Fields
	}
	_ = ar.writeJSONValue(w, ar.statusFor(f.Kind), body)
}

func (ar *apiRequest) statusFor(k *fault.Kind) int {
	if k == fault.Unauthenticated {
		return ar.conf.AuthFailureStatus
	}
	return k.Status
}

func detailMessage(f *fault.Error) string {
	if f.Kind == fault.RateLimited {
		n := f.RetrySeconds()
		unit := map[bool]string{true: "second", false: "seconds"}[n == 1]
		return fmt.Sprintf("Request was throttled. Expected available in %d %s.", n, unit)
	}
	if text := stockMessage(f.Kind); text != "" {
		return text
	}
	return f.Message
}
