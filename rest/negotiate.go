package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/momotor/resultgraph/internal/fault"
)

// negotiate checks that a client accepts JSON or one of the other media types, and
// returns by how many spaces it wants JSON to be indented. The rules are those of Django
// REST framework, odd as some are: q does not count, and Accept may have an indent.
func negotiate(r *http.Request, media string) (indent int, err error) {
	if format := lastOf(r.URL.RawQuery, "format"); format != "" && format != "json" {
		return 0, fault.NotFound
	}
	lines, given := r.Header["Accept"]
	if !given {
		return 0, nil
	}
	best := -1
	for entry := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		a := parseAccept(entry)
		if p := a.precedence(); p > best && a.matchesAny("application/json "+media) {
			best, indent = p, a.indent
		}
	}
	if best < 0 {
		return 0, notAcceptable
	}
	return indent, nil
}

// An accept is one of the media ranges of an Accept header.
type accept struct {
	kind, subkind string
	// narrow says that it has parameters beside q.
	narrow bool
	indent int
}

func parseAccept(entry string) (a accept) {
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
		a.narrow = true
	}
	return a
}

// precedence says how exact a range is: the most exact one that matches counts.
func (a accept) precedence() int {
	switch {
	case a.kind == "*":
		return 0
	case a.subkind == "*":
		return 1
	case !a.narrow:
		return 2
	default:
		return 3
	}
}

func (a accept) matchesAny(media string) bool {
	for m := range strings.FieldsSeq(media) {
		kind, subkind, _ := strings.Cut(m, "/")
		if alike(kind, a.kind) && alike(subkind, a.subkind) {
			return true
		}
	}
	return false
}

func alike(ours, theirs string) bool {
	return ours == theirs || ours == "*" && theirs != "" || theirs == "*"
}
