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

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/form"
)

// preflightHeaders are those of which a form must have one. A page of another site can make
// a browser send a form, but not such a header, unless we allowed that site to.
var preflightHeaders = []string{"GraphQL-Require-Preflight", "Apollo-Require-Preflight"}

// isForm reports whether a body is a form of several parts that no foreign page has sent.
func isForm(h http.Header) bool {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && media == "multipart/form-data" &&
		slices.ContainsFunc(preflightHeaders, func(name string) bool { return h.Get(name) != "" })
}

// readForm reads an operation with files, as
// https://github.com/jaydenseric/graphql-multipart-request-spec says. The form is to be
// closed when the operation is over.
func readForm(w http.ResponseWriter, r *http.Request, lim Limits) (*graphql.RawParams, *form.Form, *refusal) {
	sent, err := form.Read(w, r, form.Limits{Values: lim.BodyBytes, Files: lim.UploadBytes})
	switch {
	case errors.Is(err, form.ErrTooLarge):
		const advice = "the form is too large: its files may have %d bytes together, the rest %d, and there may be %d parts"
		return nil, nil, &refusal{fault.TooLarge.Status, exceeded("uploadBytes", lim.UploadBytes, advice, lim.UploadBytes, lim.BodyBytes, form.MaxParts)}
	case errors.Is(err, form.ErrMalformed):
		return nil, nil, refuse(http.StatusBadRequest, "the body is not a form of several parts, or not a whole one")
	case err != nil:
		err = fmt.Errorf("%w: take in the files: %w", fault.Unavailable, err)
		return nil, nil, &refusal{fault.Unavailable.Status, gqlerror.Wrap(err)}
	}
	params, ref := parseBody([]byte(sent.Values["operations"]))
	if ref == nil {
		ref = placeFiles(params, sent)
	}
	if ref != nil {
		sent.Close()
		return nil, nil, ref
	}
	return params, sent, nil
}

// placeFiles puts each file where the map wants it among the variables.
func placeFiles(params *graphql.RawParams, sent *form.Form) *refusal {
	var places map[string][]string
	if err := json.Unmarshal([]byte(sent.Values["map"]), &places); err != nil {
		return refuse(http.StatusBadRequest, "“map” must say for each file where it belongs among the variables")
	}
	for part, paths := range places {
		file := sent.Files[part]
		if file == nil {
			return refuse(http.StatusBadRequest, "“map” has a file that was not sent")
		}
		upload := graphql.Upload{File: file, Filename: file.Name, Size: file.Size}
		for _, path := range paths {
			name, ok := strings.CutPrefix(path, "variables.")
			if !ok || !put(params.Variables, strings.Split(name, "."), upload) {
				return refuse(http.StatusBadRequest, "“map” must have paths to variables that are null, such as variables.file")
			}
		}
	}
	return nil
}

// put puts an upload in the place of the null at a path.
func put(at any, path []string, upload graphql.Upload) bool {
	last := len(path) == 1
	switch at := at.(type) {
	case map[string]any:
		v, there := at[path[0]]
		if last && there && v == nil {
			at[path[0]] = upload
			return true
		}
		return !last && put(v, path[1:], upload)
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(at) {
			return false
		}
		if last && at[i] == nil {
			at[i] = upload
			return true
		}
		return !last && put(at[i], path[1:], upload)
	}
	return false
}
