package rest

import (
	"net/http"

	"github.com/momotor/resultgraph/internal/fault"
)

// activeUser replies for what needs a person, not a key: an API key is refused as the
// original refuses it. Nobody else gets this far yet.
func activeUser(c *call, _ http.ResponseWriter, _ *http.Request) error {
	if c.conf.AuthFailure == http.StatusUnauthorized {
		return fault.Forbidden
	}
	return fault.Unauthenticated
}
