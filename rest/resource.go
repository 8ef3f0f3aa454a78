package rest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// A resource is a path of the API with its routes.
type resource struct {
	// path is the documented path.
	path   string
	routes map[string]*boundRoute // by method
	// allow is the value of the Allow header.
	allow string
	// extraTypes are the media types other than JSON that a request may accept.
	extraTypes string
}

// A boundRoute is a route with the bindings of its operation's variables.
type boundRoute struct {
	route
	bindings []binding
}

// resources finds the resource of a path. It uses chi's tree but not its handlers, because the API
// checks the key before the method.
type resources struct {
	tree      *chi.Mux
	byPattern map[string]*resource
}

// bindRoutes binds the variables of each route's operation to their sources.
func bindRoutes(routes []route, ops operations) (*resources, error) {
	rs := &resources{chi.NewMux(), map[string]*resource{}}
	for _, rt := range routes {
		bindings, err := rt.bindings(ops)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", rt.method, rt.path, err)
		}
		rs.resourceFor(basePath + rt.path).addRoute(&boundRoute{rt, bindings})
	}
	return rs, nil
}

// resourceFor returns the resource of a documented path. It adds a missing resource. The parameter
// {path} may have slashes, which chi supports only as a wildcard at the end.
func (rs *resources) resourceFor(path string) *resource {
	pattern := strings.Replace(path, "{path}/", "*", 1)
	if rs.byPattern[pattern] == nil {
		rs.byPattern[pattern] = &resource{path: path, routes: map[string]*boundRoute{}}
		rs.tree.Get(pattern, http.NotFound)
	}
	return rs.byPattern[pattern]
}

func (res *resource) addRoute(rt *boundRoute) {
	res.routes[rt.method] = rt
	res.extraTypes += " " + rt.extraTypes
	if rt.method == http.MethodGet {
		res.routes[http.MethodHead] = rt
	}
	res.allow = ""
	for _, method := range []string{
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead,
	} {
		if res.routes[method] != nil {
			res.allow += method + ", "
		}
	}
	res.allow += http.MethodOptions
}

// personOnly reports whether the resource rejects API keys with every method.
func (res *resource) personOnly() bool {
	read := res.routes[http.MethodGet]
	return read != nil && read.personOnly()
}

// find returns the resource of a decoded path that ends in a slash, and the path's parameters. It
// returns nil for an unknown path.
func (rs *resources) find(path string) (*resource, map[string]string) {
	match := chi.NewRouteContext()
	res := rs.byPattern[rs.tree.Find(match, http.MethodGet, path)]
	if res == nil {
		return nil, nil
	}
	params := make(map[string]string, len(match.URLParams.Keys))
	for i, name := range match.URLParams.Keys {
		value := match.URLParams.Values[i]
		if name == "*" {
			name, value = "path", strings.TrimSuffix(value, "/")
		}
		params[name] = value
	}
	return res, params
}
