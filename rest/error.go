package rest

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/fault"
)

// The failures that only REST knows.
var (
	notAllowed     = &fault.Kind{Code: "METHOD_NOT_ALLOWED", Status: http.StatusMethodNotAllowed, Name: "method not allowed"}
	notAcceptable  = &fault.Kind{Code: "NOT_ACCEPTABLE", Status: http.StatusNotAcceptable, Name: "not acceptable"}
	notSatisfiable = &fault.Kind{Code: "RANGE_NOT_SATISFIABLE", Status: http.StatusRequestedRangeNotSatisfiable, Name: "range not satisfiable"}
	notSupported   = &fault.Kind{Code: "UNSUPPORTED_MEDIA_TYPE", Status: http.StatusUnsupportedMediaType, Name: "unsupported media type"}
)

// stock are the texts that clients know from Django REST framework.
func stock(k *fault.Kind) string {
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

// fail answers with an error: {"detail": …}, or the messages for each field.
func (c *call) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.Describe(err)
	if f.Kind == fault.Internal && !errors.As(err, new(gqlerror.List)) { // GraphQL logs its own
		c.conf.Log.ErrorContext(r.Context(), "a request failed", "path", r.URL.Path, "error", err)
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds(f)))
	}
	if f.Kind == fault.Unauthenticated && c.conf.AuthFailure == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Api-Key")
	}
	var body any = map[string]string{"detail": detail(f)}
	if f.Fields != nil {
		body = f.Fields
	}
	_ = c.writeValue(w, c.status(f.Kind), body)
}

func (c *call) status(k *fault.Kind) int {
	if k == fault.Unauthenticated {
		return c.conf.AuthFailure
	}
	return k.Status
}

func detail(f *fault.Error) string {
	if f.RetryAfter > 0 {
		n := seconds(f)
		unit := map[bool]string{true: "second", false: "seconds"}[n == 1]
		return fmt.Sprintf("Request was throttled. Expected available in %d %s.", n, unit)
	}
	if text := stock(f.Kind); text != "" {
		return text
	}
	return f.Message
}

func seconds(f *fault.Error) int { return int(math.Ceil(f.RetryAfter.Seconds())) }
