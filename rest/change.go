package rest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

// changing is the reply of a route that changes an assignment. It keeps to the order of
// Django REST framework: who may not, or what is not there, is told before the body is
// looked at.
func (rt *boundRoute) changing(c *call, w http.ResponseWriter, r *http.Request) error {
	if access.FromContext(r.Context()).ReadOnly {
		return fault.Forbidden
	}
	data, err := c.run(r.Context(), "AssignmentVersion", c.vars)
	if err != nil {
		return err
	}
	version := at(data, atAssignment+".version")
	if version == nil {
		return fault.NotFound
	}
	if err := rt.condition(c, r, strings.Trim(string(version), `"`)); err != nil {
		return err
	}
	if rt.takes(fromBody) {
		sent, err := c.readBody(w, r)
		if err != nil {
			return err
		}
		defer sent.close()
		if err := sent.fill(rt.binds, c.vars); err != nil {
			return err
		}
	}
	return c.named(rt.reply(c, w, r))
}

// takes tells whether some variable comes from a source.
func (rt *boundRoute) takes(from source) bool {
	return slices.ContainsFunc(rt.binds, func(b bind) bool { return b.from == from })
}

// condition binds the change to the present version, when If-Match asks for one of some
// versions (RFC 9110 13.1.1). A tag that is weak since the answer was compressed will do: it
// names a version, not bytes.
func (rt *boundRoute) condition(c *call, r *http.Request, version string) error {
	header := strings.Join(r.Header.Values("If-Match"), ",")
	if !rt.takes(fromIfMatch) || header == "" || strings.TrimSpace(header) == "*" {
		return nil
	}
	for tag := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == `"`+version+`"` {
			c.vars["if_match"] = version
			return nil
		}
	}
	return fault.Outdated
}

// named gives the fields of an error the names that they have in the request's body: those
// of the variables that the operation puts in their place.
func (c *call) named(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Fields == nil {
		return err
	}
	names := map[string]string{}
	for _, arg := range c.operations[c.operation].SelectionSet[0].(*ast.Field).Arguments {
		for _, child := range append(arg.Value.Children, &ast.ChildValue{Name: arg.Name, Value: arg.Value}) {
			if child.Value.Kind == ast.Variable {
				names[child.Name] = child.Value.Raw
			}
		}
	}
	out := *f
	out.Fields = map[string][]string{}
	for field, messages := range f.Fields {
		if names[field] != "" {
			field = names[field]
		}
		out.Fields[field] = messages
	}
	return &out
}

// versioned replies like one, with the object's last member, its version, as the ETag.
func versioned(path string) reply {
	return func(c *call, w http.ResponseWriter, r *http.Request) error {
		data, err := c.run(r.Context(), c.operation, c.vars)
		if err != nil {
			return err
		}
		body := at(data, path)
		if body == nil {
			return fault.NotFound
		}
		const member = `,"version":`
		i := bytes.LastIndex(body, []byte(member)) // a version has no quotes
		if i < 0 {
			return fmt.Errorf("operation %s answers no version: %.100s", c.operation, body)
		}
		w.Header().Set("ETag", string(body[i+len(member):len(body)-1]))
		return c.write(w, http.StatusOK, append(body[:i:i], '}'))
	}
}

// accepted replies that what was asked for will be done, without a body.
func accepted(c *call, w http.ResponseWriter, r *http.Request) error {
	if _, err := c.run(r.Context(), c.operation, c.vars); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
