package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

// ServeHTTP answers the API at /lti/api. It takes requests of every method, with whole
// paths.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{conf: &a.conf, operations: a.operations}
	c.respond(w, r, func(w http.ResponseWriter) error { return a.handle(c, w, r) })
}

// respond writes the response of a handler, or the error that it returns. A panic ends the
// connection if the response has begun, and is an error if not.
func (c *call) respond(w http.ResponseWriter, r *http.Request, handle func(http.ResponseWriter) error) {
	tracked := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v != http.ErrAbortHandler {
			c.conf.Log.ErrorContext(r.Context(), "panic", "path", r.URL.Path, "value", fmt.Sprint(v), "stack", string(debug.Stack()))
			if tracked.Status() == 0 {
				c.writeError(w, r, fault.Internal)
				return
			}
		}
		panic(http.ErrAbortHandler)
	}()
	if err := handle(tracked); err != nil {
		c.writeError(tracked, r, err)
	}
}

// handle checks a request in the order of Django REST framework, which clients can observe: the
// path, its slash, Accept, the key, the method, and then the request itself.
func (a *API) handle(c *call, w http.ResponseWriter, r *http.Request) (err error) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	path, complete := strings.CutSuffix(r.URL.Path, "/")
	res, params := a.resources.find(path + "/")
	if res != nil && !complete && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		redirectToSlash(w, path+"/", r.URL.RawQuery)
		return nil
	}
	h.Set("X-Frame-Options", "DENY")
	if res == nil {
		return fault.NotFound
	}
	h.Set("Allow", res.allow)
	h.Set("Vary", "Accept")
	if c.indent, err = negotiate(r, res.extraTypes); err != nil {
		return err
	}
	h.Set("Vary", "Accept, Cookie")
	if r, err = a.authenticate(r); err != nil {
		return err
	}
	rt := res.routes[r.Method]
	switch {
	case rt == nil && res.personOnly():
		return rejectAPIKey(c, w, r)
	case rt == nil && r.Method == http.MethodOptions:
		return c.writeDescription(w, res)
	case rt == nil:
		return fault.New(notAllowed, fmt.Sprintf("Method %q not allowed.", r.Method))
	}
	c.operation, c.params = rt.operation, params
	if c.variables, err = requestVariables(rt.bindings, params, r.URL.RawQuery); err != nil {
		return err
	}
	reply := rt.respond
	if rt.operation != "" && rt.isChange() {
		reply = rt.serveChange
	}
	return reply(c, w, r)
}

// redirectToSlash redirects to the path with a slash. The location has no scheme and host, because
// a proxy may have others.
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

// authenticate returns the request with the caller in its context.
func (a *API) authenticate(r *http.Request) (*http.Request, error) {
	header := strings.Join(r.Header["Authorization"], ",") // two headers are no valid key
	p, err := a.conf.Keys.Authenticate(r.Context(), header, access.ClientAddr(r.RemoteAddr))
	if err != nil {
		return r, access.Fault(err)
	}
	return r.WithContext(access.WithPrincipal(r.Context(), p)), nil
}
