package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/conditional"
	"github.com/momotor/resultgraph/internal/deadline"
	"github.com/momotor/resultgraph/internal/fault"
)

// ServeHTTP serves the API at /lti/api. It must be mounted for all methods and without
// http.StripPrefix, because it expects request paths that include /lti/api.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	confirmed := access.NewConfirmingWriter(w)
	ar := &apiRequest{conf: &a.conf, operations: a.operations}
	ar.respond(confirmed, r, func(w http.ResponseWriter) error { return a.handle(ar, w, r, confirmed) })
	confirmed.Close()
}

// respond writes the response of a handler, or the error that it returns. A panic ends the
// connection if the response has begun, and otherwise becomes an error response.
func (ar *apiRequest) respond(w http.ResponseWriter, r *http.Request, handle func(http.ResponseWriter) error) {
	tracked := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v != http.ErrAbortHandler {
			ar.conf.Log.ErrorContext(r.Context(), "panic", "path", r.URL.Path, "value", fmt.Sprint(v), "stack", string(debug.Stack()))
			if tracked.Status() == 0 {
				ar.writeError(w, r, fault.Internal)
				return
			}
		}
		panic(http.ErrAbortHandler)
	}()
	if err := handle(tracked); err != nil {
		ar.writeError(tracked, r, err)
	}
}

// handle checks a request in the order of Django REST framework, which clients can observe: the
// path, its slash, Accept, the key, the method, and then the request itself. After authentication it
// makes the writer confirm the caller.
func (a *API) handle(ar *apiRequest, w http.ResponseWriter, r *http.Request, confirmed *access.ConfirmingWriter) (err error) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	path, hasSlash := strings.CutSuffix(r.URL.Path, "/")
	res, params := a.resources.find(path + "/")
	if res != nil && !hasSlash && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		redirectToSlash(w, path+"/", r.URL.RawQuery)
		return nil
	}
	h.Set("X-Frame-Options", "DENY")
	if res == nil {
		return fault.NotFound
	}
	h.Set("Allow", res.allow)
	conditional.AddVary(h, "Accept")
	if ar.indent, err = negotiate(r, res.extraTypes); err != nil {
		return err
	}
	conditional.AddVary(h, "Cookie")
	if r, err = a.authenticate(r); err != nil {
		return err
	}
	caller := access.AuthenticationOf(r.Context())
	confirmed.Require(caller, func() error { return ar.confirm(r) }, func(w http.ResponseWriter, err error) { ar.writeError(w, r, err) })
	ar.caller = caller.Identity().String()
	rt := res.routes[r.Method]
	switch {
	case res.personOnly() && caller.Identity().Kind != access.User:
		return ar.errAPIKey()
	case rt == nil && r.Method == http.MethodOptions:
		return ar.writeDescription(w, res)
	case rt == nil:
		return fault.New(notAllowed, fmt.Sprintf("Method %q not allowed.", r.Method))
	}
	ar.operation, ar.params = rt.operation, params
	if ar.variables, err = requestVariables(rt.bindings, params, r.URL.RawQuery); err != nil {
		return err
	}
	if rt.isChange() && !res.personOnly() {
		return rt.serveChange(ar, w, r)
	}
	return rt.respond(ar, w, r)
}

// redirectToSlash redirects to the path with a slash. The location has no scheme and host, because
// a proxy may have another scheme and host.
func redirectToSlash(w http.ResponseWriter, path, query string) {
	h := w.Header()
	h.Set("Location", (&url.URL{Path: path, RawQuery: escapeNonASCII(query)}).String())
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusMovedPermanently)
}

// escapeNonASCII escapes the bytes of a query that a header cannot hold.
func escapeNonASCII(query string) string {
	var b strings.Builder
	for _, c := range []byte(query) {
		if c < utf8.RuneSelf {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// authenticate returns the request with the caller in its context. Its time is a part of the time of
// the first operation.
func (a *API) authenticate(r *http.Request) (*http.Request, error) {
	r = r.WithContext(deadline.Start(r.Context()))
	var caller *access.Authentication
	err := a.conf.inTime(r.Context(), func(ctx context.Context) (err error) {
		caller, err = a.conf.Keys.AdmitRequest(ctx, r)
		return access.Fault(err)
	})
	if err != nil {
		return r, err
	}
	r = r.WithContext(access.WithAuthentication(r.Context(), caller))
	return r, checkCSRF(r)
}

// confirm confirms the caller of a request.
func (ar *apiRequest) confirm(r *http.Request) error {
	return ar.conf.inTime(r.Context(), access.Confirm)
}

// inTime calls f with the timeout of an operation, and returns errTimeout if f fails at the timeout.
func (c *Config) inTime(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := c.withTimeout(ctx)
	defer cancel()
	err := f(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errTimeout) {
		return errTimeout
	}
	return err
}
