package canvas

import (
	"net/http"
	"strings"
)

// linkTarget returns the URL of a relation in the Link headers (RFC 8288), or "". It does not
// split the header at commas, because URLs may contain them.
func linkTarget(h http.Header, rel string) string {
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
		params, rest = cutUnquotedComma(params)
		if hasRel(params, rel) {
			return target
		}
	}
}

// cutUnquotedComma splits text at the first comma outside of quotes.
func cutUnquotedComma(text string) (before, after string) {
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
