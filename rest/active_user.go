package rest

import (
	"net/http"

	"github.com/momotor/resultgraph/internal/fault"
)

// rejectAPIKey is the responder of routes for signed-in people. It rejects an API key as the
// original API does. Signing in is not possible yet, so it rejects every caller.
func rejectAPIKey(c *call, _ http.ResponseWriter, _ *http.Request) error {
	if c.conf.AuthFailure == http.StatusUnauthorized {
		return fault.Forbidden
	}
	return fault.Unauthenticated
}
