package bundle

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// pathProblem returns the reason why a path is invalid inside a bundle, or "".
// This package never writes members to disk, but its users may.
func pathProblem(p string, maxBytes int) string {
	switch {
	case p == "":
		return "the name is empty"
	case len(p) > maxBytes:
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
