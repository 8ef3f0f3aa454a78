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
	"github.com/momotor/resultgraph/internal/deadline"
	"github.com/momotor/resultgraph/internal/fault"
)

// ServeHTTP serves the API at /lti/api. It must be mounted for all methods and without
// http.StripPrefix, because it expects request paths that include /lti/api.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ar := &apiRequest{conf: &a.conf, operations: a.operations}
	ar.respond(w, r, func(w http.ResponseWriter) error { return a.handle(ar, w, r) })
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
// path, its slash, Accept, the key, the method, and then the request itself.
func (a *API) handle(ar *apiRequest, w http.ResponseWriter, r *http.Request) (err error) {
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
	h.Set("Vary", "Accept")
	if ar.indent, err = negotiate(r, res.extraTypes); err != nil {
		return err
	}
	h.Set("Vary", "Accept, Cookie")
	if r, err = a.authenticate(r); err != nil {
		return err
	}
	ar.caller = access.FromContext(r.Context()).ID()
	rt := res.routes[r.Method]
	switch {
	case rt == nil && res.personOnly():
		return rejectAPIKey(ar, w, r)
	case rt == nil && r.Method == http.MethodOptions:
		return ar.writeDescription(w, res)
	case rt == nil:
		return fault.New(notAllowed, fmt.Sprintf("Method %q not allowed.", r.Method))
	}
	ar.operation, ar.params = rt.operation, params
	if ar.variables, err = requestVariables(rt.bindings, params, r.URL.RawQuery); err != nil {
		return err
	}
	respond := rt.respond
	if rt.operation != "" && rt.isChange() {
		respond = rt.serveChange
	}
	return respond(ar, w, r)
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
	ctx, cancel := a.conf.withTimeout(r.Context())
	defer cancel()
	header := strings.Join(r.Header["Authorization"], ",") // two headers are not a valid key
	p, err := a.conf.Keys.Authenticate(ctx, header, access.ClientAddr(r.RemoteAddr))
	switch {
	case err == nil:
	case errors.Is(context.Cause(ctx), errTimeout):
		return r, errTimeout
	default:
		return r, access.Fault(err)
	}
	return r.WithContext(access.WithPrincipal(r.Context(), p)), nil
}
