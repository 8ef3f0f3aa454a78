package rest

import (
	"net/url"
	"strings"
)

// disposition is a Content-Disposition after RFC 6266. A name beyond plain ASCII comes
// twice: in UTF-8, and in a form for clients that know ASCII alone.
func disposition(kind, name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/%`, r) {
			return '_'
		}
		return r
	}, name)
	header := kind + `; filename="` + plain + `"`
	if plain != name {
		// RFC 8187 takes fewer characters as they are than a path does.
		header += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(strings.ToValidUTF8(name, "_")), "+", "%20")
	}
	return header
}
