package graph

import (
	"path"
	"strings"
	"unicode"

	"github.com/momotor/resultgraph/db"
)

// longestName is how many characters the name of a file may have, its ending included.
const longestName = 100

// fileName is the name under which a file is handed out again, made of the one that its
// sender gave it: without folders, with _ for spaces, of letters, digits, dots, _ and - alone
// (as Django's get_valid_name has it). Of a long name the beginning and the ending are left.
func fileName(sent, field string, format db.BundleFormat) string {
	name := path.Base(strings.ReplaceAll(strings.TrimSpace(sent), `\`, "/"))
	name = strings.Map(func(c rune) rune {
		switch {
		case c == ' ':
			return '_'
		case unicode.IsLetter(c), unicode.IsDigit(c), strings.ContainsRune("._-", c):
			return c
		}
		return -1
	}, strings.ToValidUTF8(name, ""))
	if strings.Trim(name, "._-") == "" {
		return field + "." + strings.ToLower(string(format))
	}
	letters, ending := []rune(name), []rune(path.Ext(name))
	if len(ending) > 20 {
		ending = nil
	}
	if len(letters) > longestName {
		letters = append(letters[:longestName-len(ending):longestName-len(ending)], ending...)
	}
	return string(letters)
}
