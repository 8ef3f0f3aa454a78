package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/form"
)

// A form must have one of preflightHeaders. A browser sends these headers to another site only
// after a CORS preflight, so a page of another site cannot forge a form.
var preflightHeaders = []string{"GraphQL-Require-Preflight", "Apollo-Require-Preflight"}

// isPreflightedForm reports whether a body is a multipart form, and the request has one of
// preflightHeaders.
func isPreflightedForm(h http.Header) bool {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && media == "multipart/form-data" &&
		slices.ContainsFunc(preflightHeaders, func(name string) bool { return h.Get(name) != "" })
}

// readForm reads an operation with files in the format of
// https://github.com/jaydenseric/graphql-multipart-request-spec. The caller must close the form
// after the operation.
func readForm(w http.ResponseWriter, r *http.Request, lim Limits) (*graphql.RawParams, *form.Form, *rejection) {
	if err := access.Confirm(r.Context()); err != nil {
		return nil, nil, rejectionOf(fault.Describe(err))
	}
	caller := access.FromContext(r.Context())
	switch {
	case !cannotUpload(caller):
	case caller.ReadOnly:
		return nil, nil, rejectionOf(errReadOnly)
	default:
		return nil, nil, rejectionOf(fault.Describe(fault.Forbidden))
	}
	upload, err := form.Read(w, r, form.Limits{Values: lim.BodyBytes, Files: lim.UploadBytes, Quota: lim.Uploads, Owner: caller.Identity().String()})
	var refused *fault.Error
	switch {
	case errors.As(err, &refused):
		return nil, nil, rejectionOf(refused)
	case errors.Is(err, form.ErrTooLarge):
		const message = "The form is too large; send at most %d bytes of files, %d bytes of other values, and %d parts."
		return nil, nil, &rejection{fault.TooLarge.Status, limitError("uploadBytes", lim.UploadBytes, message, lim.UploadBytes, lim.BodyBytes, form.MaxParts)}
	case errors.Is(err, form.ErrMalformed):
		return nil, nil, newRejection(http.StatusBadRequest, "The body must be a complete multipart form.")
	case err != nil:
		err = fmt.Errorf("%w: read the files of a form: %w", fault.Unavailable, err)
		return nil, nil, &rejection{fault.Unavailable.Status, gqlerror.Wrap(err)}
	}
	params, rejected := parseBody([]byte(upload.Values["operations"]))
	if rejected == nil {
		rejected = setFileVariables(params, upload)
	}
	if rejected != nil {
		upload.Close()
		return nil, nil, rejected
	}
	return params, upload, nil
}

// cannotUpload reports whether no operation of the caller may have files, so that the server need not
// receive them. The operation of an anonymous caller has an error of its own.
func cannotUpload(p *access.Principal) bool {
	return p.Kind != access.Anonymous && (p.ReadOnly || len(p.Courses(access.Teacher|access.Designer)) == 0)
}

// setFileVariables sets variables to the files of a form. The form's part "map" lists the paths of
// the variables for each file.
func setFileVariables(params *graphql.RawParams, upload *form.Form) *rejection {
	var pathsByFile map[string][]string
	if err := json.Unmarshal([]byte(upload.Values["map"]), &pathsByFile); err != nil {
		return newRejection(http.StatusBadRequest, "“map” must be a JSON object with a list of variable paths for each file.")
	}
	for part, paths := range pathsByFile {
		file := upload.Files[part]
		if file == nil {
			return newRejection(http.StatusBadRequest, "“map” names a file that the form does not have; add the file or remove its name.")
		}
		value := graphql.Upload{File: file, Filename: file.Name, Size: file.Size}
		for _, path := range paths {
			name, ok := strings.CutPrefix(path, "variables.")
			if !ok || !replaceNull(params.Variables, strings.Split(name, "."), value) {
				return newRejection(http.StatusBadRequest, "“map” must have paths to variables that are null, such as variables.file.")
			}
		}
	}
	return nil
}

// replaceNull replaces the null at a path in a JSON value. It returns false if the value at the
// path is not null.
func replaceNull(parent any, path []string, value graphql.Upload) bool {
	isLast := len(path) == 1
	switch parent := parent.(type) {
	case map[string]any:
		child, ok := parent[path[0]]
		if isLast && ok && child == nil {
			parent[path[0]] = value
			return true
		}
		return !isLast && replaceNull(child, path[1:], value)
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(parent) {
			return false
		}
		if isLast && parent[i] == nil {
			parent[i] = value
			return true
		}
		return !isLast && replaceNull(parent[i], path[1:], value)
	}
	return false
}
