package rest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// A resource is a path of the API with the routes on it.
type resource struct {
	// path is as documented.
	path   string
	routes map[string]*boundRoute // by method
	// allow is the value of the Allow header.
	allow string
	// media are the types beside JSON that a request may accept.
	media string
}

// A boundRoute is a route that knows where the variables of its operation come from.
type boundRoute struct {
	route
	binds []bind
}

// resources find the resource of a path. The tree is chi's; its handlers are not used,
// because who asks is checked before whether the method is right.
type resources struct {
	tree      *chi.Mux
	byPattern map[string]*resource
}

// bound binds each route to its operation.
func bound(routes []route, ops operations) (*resources, error) {
	all := &resources{chi.NewMux(), map[string]*resource{}}
	for _, rt := range routes {
		binds, err := rt.bind(ops)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", rt.method, rt.path, err)
		}
		all.at(base + rt.path).add(&boundRoute{rt, binds})
	}
	return all, nil
}

// at returns the resource of a documented path. Only a member's path has slashes inside,
// which chi allows at the end alone.
func (all *resources) at(path string) *resource {
	pattern := strings.Replace(path, "{path}/", "*", 1)
	if all.byPattern[pattern] == nil {
		all.byPattern[pattern] = &resource{path: path, routes: map[string]*boundRoute{}}
		all.tree.Get(pattern, http.NotFound)
	}
	return all.byPattern[pattern]
}

func (res *resource) add(rt *boundRoute) {
	res.routes[rt.method] = rt
	res.media += " " + rt.media
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

// forPeople tells whether no method is for a key: what is read by no operation is what
// people keep for themselves.
func (res *resource) forPeople() bool {
	read := res.routes[http.MethodGet]
	return read != nil && read.operation == ""
}

// find returns the resource of a decoded path that ends in a slash, or nil, and the
// path's parameters.
func (all *resources) find(path string) (*resource, map[string]string) {
	match := chi.NewRouteContext()
	res := all.byPattern[all.tree.Find(match, http.MethodGet, path)]
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
