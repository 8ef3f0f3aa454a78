package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/deadline"
	"github.com/momotor/resultgraph/internal/fault"
)

// serveChange is the responder of a route that changes an assignment. It checks in the order of
// Django REST framework: permission, existence, and then the body.
func (rt *boundRoute) serveChange(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
	if err := ar.confirm(r); err != nil {
		return err
	}
	if access.FromContext(r.Context()).ReadOnly {
		return fault.Forbidden
	}
	data, err := ar.run(r.Context(), "AssignmentVersion", ar.variables)
	if err != nil {
		return err
	}
	version := valueAt(data, assignmentData+".version")
	if version == nil {
		return fault.NotFound
	}
	if err := rt.checkIfMatch(ar, r, strings.Trim(string(version), `"`)); err != nil {
		return err
	}
	if rt.hasSource(fromBody) {
		body, err := ar.readBody(w, r)
		if err != nil {
			return err
		}
		defer body.close()
		if err := body.addVariables(rt.bindings, ar.variables); err != nil {
			return err
		}
		r = r.WithContext(deadline.Start(r.Context())) // the timeout does not include the body
	}
	return ar.renameErrorFields(rt.respond(ar, w, r))
}

// hasSource reports whether a variable comes from a source.
func (rt *boundRoute) hasSource(from source) bool {
	return slices.ContainsFunc(rt.bindings, func(b binding) bool { return b.source == from })
}

// checkIfMatch returns fault.Outdated if the If-Match header does not have the current version.
// Otherwise it makes the change conditional on that version (RFC 9110 13.1.1). It accepts weak
// tags, because compression makes the tag of a response weak and the tag is a version.
func (rt *boundRoute) checkIfMatch(ar *apiRequest, r *http.Request, version string) error {
	header := strings.Join(r.Header.Values("If-Match"), ",")
	if !rt.hasSource(fromIfMatch) || header == "" || strings.TrimSpace(header) == "*" {
		return nil
	}
	for tag := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == `"`+version+`"` {
			ar.variables["if_match"] = version
			return nil
		}
	}
	return fault.Outdated
}

// renameErrorFields changes the names of an error's fields from arguments of the operation to
// the fields of the request body, which are the variables in these arguments.
func (ar *apiRequest) renameErrorFields(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Fields == nil {
		return err
	}
	names := map[string]string{}
	for _, arg := range ar.operations[ar.operation].SelectionSet[0].(*ast.Field).Arguments {
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

// currentAssignment responds with the assignment, and its version as the ETag.
func currentAssignment(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
	data, err := ar.run(r.Context(), ar.operation, ar.variables)
	if err != nil {
		return err
	}
	body := valueAt(data, assignmentData)
	if body == nil {
		return fault.NotFound
	}
	return ar.writeAssignment(w, body, nil)
}

// changedAssignment responds like currentAssignment after a change. If the change has warnings, they are
// the member warnings, which no other response has: clients that change no recipe never see it.
func changedAssignment(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
	data, err := ar.run(r.Context(), ar.operation, ar.variables)
	if err != nil {
		return err
	}
	var changed struct {
		Assignment json.RawMessage
		Warnings   json.RawMessage
	}
	if err := json.Unmarshal(valueAt(data, "updateAssignment"), &changed); err != nil {
		return fmt.Errorf("operation %s: decode the response: %w", ar.operation, err)
	}
	if string(changed.Warnings) == "[]" {
		changed.Warnings = nil
	}
	return ar.writeAssignment(w, changed.Assignment, changed.Warnings)
}

// writeAssignment writes an assignment. It moves the last member, the version, to the ETag, and appends
// the warnings unless they are nil.
func (ar *apiRequest) writeAssignment(w http.ResponseWriter, body, warnings []byte) error {
	const member = `,"version":`
	// The version is the last member, and its value cannot contain member.
	i := bytes.LastIndex(body, []byte(member))
	if i < 0 {
		return fmt.Errorf("operation %s: no version in the response: %.100s", ar.operation, body)
	}
	w.Header().Set("ETag", string(body[i+len(member):len(body)-1]))
	body = body[:i:i]
	if warnings != nil {
		body = slices.Concat(body, []byte(`,"warnings":`), warnings)
	}
	return ar.writeJSON(w, http.StatusOK, append(body, '}'))
}

// noContent responds to a request that starts a background job: 204 without a body.
func noContent(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
	if _, err := ar.run(r.Context(), ar.operation, ar.variables); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
