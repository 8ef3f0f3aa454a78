package rest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/momotor/resultgraph/internal/accept"
	"github.com/momotor/resultgraph/internal/fault"
)

// maxIndent is the maximum number of spaces to indent JSON with.
const maxIndent = 8

// negotiate fails unless the client accepts JSON or one of extraTypes, and returns the number of
// spaces to indent JSON with. It follows Django REST framework: it ignores q, and a media range
// may have the parameter indent.
func negotiate(r *http.Request, extraTypes string) (indent int, err error) {
	if format := lastParam(r.URL.RawQuery, "format"); format != "" && format != "json" {
		return 0, fault.NotFound
	}
	lines, given := r.Header["Accept"]
	if !given {
		return 0, nil
	}
	mediaTypes := strings.Fields("application/json " + extraTypes)
	highest := -1
	for _, media := range accept.Parse(lines) {
		if s := media.Specificity(); s > highest && matchesAny(media, mediaTypes) {
			highest, indent = s, indentParam(media)
		}
	}
	if highest < 0 {
		return 0, notAcceptable
	}
	return indent, nil
}

func matchesAny(media accept.Range, mediaTypes []string) bool {
	return slices.ContainsFunc(mediaTypes, media.Matches)
}

// indentParam returns the parameter indent, 0 without a valid one.
func indentParam(media accept.Range) int {
	n, _ := strconv.Atoi(media.Params["indent"])
	return max(min(n, maxIndent), 0)
}
