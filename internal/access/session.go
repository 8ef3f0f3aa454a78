package access

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/momotor/resultgraph/internal/fault"
)

// Sessions authenticates people by the sessions of their browsers.
type Sessions interface {
	// Authenticate returns the person of the session that the request r has, with the roles that the person
	// has now. The error is
	//
	//   - ErrNoCredentials if the request has no session,
	//   - ErrSessionEnded if the session is unknown, revoked or has expired,
	//   - ErrCrossOrigin if a page of another origin sent a request that can change data,
	//   - otherwise an error of the store or of ctx.
	Authenticate(ctx context.Context, r *http.Request) (*Principal, error)
}

var (
	// ErrSessionEnded is the error for a session that is unknown, revoked or has expired.
	ErrSessionEnded = errors.New("the session has ended")
	// ErrCrossOrigin is the error for a change by a session that a page of another origin requests.
	ErrCrossOrigin = errors.New("a page of another origin requests a change")
)

var (
	errSessionEnded = fault.New(fault.Unauthenticated, "Your session has ended: open the tool in Canvas again, or send an API key.")
	errCrossOrigin  = fault.New(fault.Forbidden, "The request comes from a page of another site: send it from a page of this server, or with an API key.")
)

// AdmitRequest returns the authentication of the caller of a request, by its API key or else by its
// session. A request with an Authorization header is that of an API key, whatever its cookies: a program
// that sends a wrong key must not act as a person. For a key it has the errors of [Authenticator.Admit], and
// for a session those of [Sessions]. A person is confirmed, because each request looks up the session.
func (a *Authenticator) AdmitRequest(ctx context.Context, r *http.Request) (*Authentication, error) {
	header := strings.Join(r.Header["Authorization"], ",") // two headers are not a valid key
	if header != "" || a.Sessions == nil {
		return a.Admit(ctx, header, ClientAddr(r.RemoteAddr))
	}
	p, err := a.Sessions.Authenticate(ctx, r)
	if err != nil {
		return nil, err
	}
	return confirmedAs(p), nil
}
