package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

// serve answers a request, with an error if it has to.
func (a *API) serve(server http.HandlerFunc, w http.ResponseWriter, r *http.Request) {
	c := &call{conf: &a.conf, operations: a.operations}
	if err := a.handle(c, server, w, r); err != nil {
		c.fail(w, r, err)
	}
}

// handle keeps to the order of Django REST framework, which clients can tell: the path,
// its slash, what the client accepts, who asks, the method, and then the request itself.
func (a *API) handle(c *call, server http.HandlerFunc, w http.ResponseWriter, r *http.Request) (err error) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	path, complete := strings.CutSuffix(r.URL.Path, "/")
	res, params := a.resources.find(path + "/")
	if res != nil && !complete && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		redirect(w, path+"/", r.URL.RawQuery)
		return nil
	}
	h.Set("X-Frame-Options", "DENY")
	if res == nil {
		return fault.NotFound
	}
	h.Set("Allow", res.allow)
	h.Set("Vary", "Accept")
	if c.indent, err = negotiate(r, res.media); err != nil {
		return err
	}
	h.Set("Vary", "Accept, Cookie")
	if r, err = a.authenticate(r); err != nil {
		return err
	}
	rt := res.routes[r.Method]
	switch {
	case rt == nil && res.forPeople():
		return activeUser(c, w, r)
	case rt == nil && r.Method == http.MethodOptions:
		return c.describe(w, res)
	case rt == nil:
		return fault.New(notAllowed, fmt.Sprintf("Method %q not allowed.", r.Method))
	}
	c.operation, c.params = rt.operation, params
	if c.vars, err = fill(rt.binds, params, r.URL.RawQuery); err != nil {
		return err
	}
	reply := rt.reply
	if rt.operation != "" && rt.changes() {
		reply = rt.changing
	}
	return c.answer(server, reply, w, r)
}

// redirect sends a client to the path with the slash. It is the path alone, since a proxy
// may have another scheme and host.
func redirect(w http.ResponseWriter, path, query string) {
	h := w.Header()
	h.Set("Location", (&url.URL{Path: path, RawQuery: ascii(query)}).String())
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusMovedPermanently)
}

// ascii escapes what a header cannot hold.
func ascii(query string) string {
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

// authenticate adds who asks to a request.
func (a *API) authenticate(r *http.Request) (*http.Request, error) {
	header := strings.Join(r.Header["Authorization"], ",") // of two, none is a key
	p, err := a.conf.Keys.Authenticate(r.Context(), header, access.ClientAddr(r.RemoteAddr))
	if err != nil {
		return r, refusal(err)
	}
	return r.WithContext(access.WithPrincipal(r.Context(), p)), nil
}
