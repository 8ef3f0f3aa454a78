package canvas

import (
	"net/http"
	"strings"
)

// link is the address of a relation in the Link headers (RFC 8288), or empty. Addresses
// may hold commas, so the header is walked rather than split.
func link(h http.Header, rel string) string {
	rest := strings.Join(h.Values("Link"), ",")
	for {
		_, after, ok := strings.Cut(rest, "<")
		if !ok {
			return ""
		}
		target, params, ok := strings.Cut(after, ">")
		if !ok {
			return ""
		}
		params, rest = untilComma(params)
		if hasRel(params, rel) {
			return target
		}
	}
}

// untilComma splits at the first comma outside of quotes.
func untilComma(text string) (before, after string) {
	quoted := false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ',' && !quoted:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

func hasRel(params, rel string) bool {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for got := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(got, rel) {
				return true
			}
		}
	}
	return false
}
