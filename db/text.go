package db

import "strings"

// The maximum lengths of texts that come from outside, in bytes. Imports reject longer ones. The texts of
// results bundles are bounded by the size of their XML.
const (
	MaxNameBytes = 1000 // names, codes and labels; Canvas allows 255 characters
	MaxURLBytes  = 2000
	MaxTextBytes = 1 << 20 // summaries, and the details of steps in imports
)

// CutName returns the first MaxNameBytes bytes of a name, without a partial character at the end. A
// refresh cuts the names that Canvas returns, so that one long name does not prevent the refresh.
func CutName(name string) string {
	if len(name) <= MaxNameBytes {
		return name
	}
	return strings.ToValidUTF8(name[:MaxNameBytes], "")
}
