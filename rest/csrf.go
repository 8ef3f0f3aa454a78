package rest

import (
	"crypto/subtle"
	"net/http"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/session"
)

// csrfFailed is the kind of failure of a change by a session without the proof that a page of this server
// requests it.
var csrfFailed = &fault.Kind{Code: "CSRF_FAILED", Status: http.StatusForbidden, Name: "CSRF check failed"}

// The messages of Django REST framework.
var (
	errNoCSRFCookie = fault.New(csrfFailed, "CSRF Failed: CSRF cookie not set.")
	errNoCSRFToken  = fault.New(csrfFailed, "CSRF Failed: CSRF token missing or incorrect.")
)

// checkCSRF rejects a change by a session unless the request repeats the CSRF cookie in a header, which
// pages of other sites cannot do.
func checkCSRF(r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return nil
	}
	if access.IdentityOf(r.Context()).Kind != access.User {
		return nil
	}
	cookie, err := r.Cookie(session.CSRFCookie)
	switch {
	case err != nil || cookie.Value == "":
		return errNoCSRFCookie
	case subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(r.Header.Get(session.CSRFHeader))) != 1:
		return errNoCSRFToken
	}
	return nil
}
