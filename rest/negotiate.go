package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/momotor/resultgraph/internal/fault"
)

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
	best := -1
	for entry := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		a := parseMediaRange(entry)
		if p := a.specificity(); p > best && a.matchesAny("application/json "+extraTypes) {
			best, indent = p, a.indent
		}
	}
	if best < 0 {
		return 0, notAcceptable
	}
	return indent, nil
}

// A mediaRange is an element of an Accept header.
type mediaRange struct {
	kind, subkind string
	// hasParams says that it has parameters other than q.
	hasParams bool
	indent    int
}

func parseMediaRange(entry string) (a mediaRange) {
	full, rest, _ := strings.Cut(entry, ";")
	a.kind, a.subkind, _ = strings.Cut(strings.ToLower(strings.TrimSpace(full)), "/")
	for param := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(param, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "", "q":
			continue
		case "indent":
			n, _ := strconv.Atoi(strings.Trim(strings.TrimSpace(value), `"`))
			a.indent = max(min(n, 8), 0)
		}
		a.hasParams = true
	}
	return a
}

// specificity orders media ranges: the most specific one that matches counts.
func (a mediaRange) specificity() int {
	switch {
	case a.kind == "*":
		return 0
	case a.subkind == "*":
		return 1
	case !a.hasParams:
		return 2
	default:
		return 3
	}
}

func (a mediaRange) matchesAny(media string) bool {
	for m := range strings.FieldsSeq(media) {
		kind, subkind, _ := strings.Cut(m, "/")
		if matchesPart(kind, a.kind) && matchesPart(subkind, a.subkind) {
			return true
		}
	}
	return false
}

func matchesPart(ours, theirs string) bool {
	return ours == theirs || ours == "*" && theirs != "" || theirs == "*"
}
