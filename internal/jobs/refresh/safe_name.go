package refresh

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestName is how many bytes the name of a file may have: what most file systems take.
const longestName = 200

// safeName is the name of a file that somebody handed in, as far as it can do no harm: no
// folders, no control characters, nothing that XML can not say or a system hides or forbids.
// Others may read it, so letters of all languages stay.
func safeName(given string) string {
	name := given[strings.LastIndexAny(given, `/\`)+1:]
	name = strings.Map(func(c rune) rune {
		switch {
		case c == utf8.RuneError, c == 0xfffe, c == 0xffff, unicode.IsControl(c), unicode.Is(unicode.Cf, c):
			return -1
		case strings.ContainsRune(`<>:"|?*`, c):
			return '_'
		}
		return c
	}, name)
	for len(name) > longestName {
		_, width := utf8.DecodeRuneInString(name)
		name = name[width:] // the ending stays
	}
	name = strings.Trim(name, ". ")
	if name == "" {
		return "file"
	}
	return name
}
