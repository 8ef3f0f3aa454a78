package bundle

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// badPath says why a path may not name something inside a bundle, or "". No
// member is ever written to disk here, but names travel on to people who do.
func badPath(p string, most int) string {
	switch {
	case p == "":
		return "the name is empty"
	case len(p) > most:
		return "the name is too long"
	case !utf8.ValidString(p):
		return "the name is not UTF-8"
	case strings.ContainsRune(p, 0):
		return "the name holds a NUL"
	case strings.Contains(p, `\`):
		return `the name holds a backslash; folders are separated by "/"`
	case strings.HasPrefix(p, "/"):
		return `the name starts with "/"`
	case slices.Contains(strings.Split(p, "/"), ".."):
		return `the name holds "..", which leaves the bundle`
	}
	return ""
}
