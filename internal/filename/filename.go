// Package filename turns names of uploaded files into safe ones.
package filename

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLength is the maximum length of a sanitized name in bytes, which most file systems allow.
const MaxLength = 200

// Sanitize returns a file name that is valid on all systems, in headers and in XML. It removes
// folders, control and format characters, and leading and trailing dots and spaces, and
// replaces other reserved characters by underscores. It keeps letters of all languages. A long
// name loses its beginning, so that the extension stays. An empty name becomes "file".
func Sanitize(name string) string {
	name = base(name)
	name = strings.Map(func(c rune) rune {
		switch {
		case c == utf8.RuneError, c == 0xfffe, c == 0xffff, unicode.IsControl(c), unicode.Is(unicode.Cf, c):
			return -1
		case strings.ContainsRune(`<>:"|?*`, c):
			return '_'
		}
		return c
	}, name)
	for len(name) > MaxLength {
		_, width := utf8.DecodeRuneInString(name)
		name = name[width:]
	}
	name = strings.Trim(name, ". ")
	if name == "" {
		return "file"
	}
	return name
}

const maxDjangoLength, maxDjangoExtension = 100, 20 // characters

// Django sanitizes a file name like Django's get_valid_name, because clients of the REST API
// know such names. It removes folders, replaces spaces by underscores, and keeps only letters,
// digits, dots, underscores and hyphens. A long name loses the end of its stem. A name without
// a letter or a digit becomes the fallback.
func Django(name, fallback string) string {
	name = strings.Map(func(c rune) rune {
		switch {
		case c == ' ':
			return '_'
		case unicode.IsLetter(c), unicode.IsDigit(c), strings.ContainsRune("._-", c):
			return c
		}
		return -1
	}, strings.ToValidUTF8(base(strings.TrimSpace(name)), ""))
	if strings.Trim(name, "._-") == "" {
		return fallback
	}
	letters, extension := []rune(name), []rune(path.Ext(name))
	if len(extension) > maxDjangoExtension {
		extension = nil
	}
	if len(letters) > maxDjangoLength {
		letters = append(letters[:maxDjangoLength-len(extension):maxDjangoLength-len(extension)], extension...)
	}
	return string(letters)
}

// base removes folders. It knows the separators of all systems.
func base(name string) string { return name[strings.LastIndexAny(name, `/\`)+1:] }
