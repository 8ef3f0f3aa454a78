package db

import "strings"

// The maximum lengths of texts that come from outside, in bytes. Imports reject longer ones. The texts of
// results bundles are bounded by the size of their XML.
const (
	MaxNameBytes = 1000 // names, codes and labels; Canvas allows 255 characters
	MaxURLBytes  = 2000
	MaxTextBytes = 1 << 20 // summaries, and the details of steps in imports
)

// CutName returns the beginning of a name that is too long, for names from Canvas, of which one must not
// prevent a refresh.
func CutName(name string) string {
	if len(name) <= MaxNameBytes {
		return name
	}
	return strings.ToValidUTF8(name[:MaxNameBytes], "")
}
