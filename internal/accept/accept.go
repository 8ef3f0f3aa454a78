// Package accept parses the request headers Accept and Accept-Encoding (RFC 9110 section
// 12.5).
package accept

import (
	"net/http"
	"strconv"
	"strings"
)

// A Range is an element of a header: a media range such as text/*, or a content coding
// such as gzip.
type Range struct {
	// Name is the media range or content coding without parameters, in lower case.
	Name string
	// Params are the parameters other than q. The names are in lower case, and the
	// values have no quotes.
	Params map[string]string

	weight float64 // invalidWeight, or from 0 to 1
}

const invalidWeight = -1

// Parse returns the elements of a header, which may have several field lines. It omits
// elements without a name.
func Parse(lines []string) (ranges []Range) {
	for _, line := range lines {
		for line != "" {
			var element string
			element, line = cut(line, ',')
			if r := parseRange(element); r.Name != "" {
				ranges = append(ranges, r)
			}
		}
	}
	return ranges
}

func parseRange(element string) Range {
	name, params := cut(element, ';')
	r := Range{Name: strings.ToLower(strings.TrimSpace(name)), weight: 1}
	for params != "" {
		var param string
		param, params = cut(params, ';')
		name, value, _ := strings.Cut(param, "=")
		r.addParam(strings.ToLower(strings.TrimSpace(name)), strings.Trim(strings.TrimSpace(value), `"`))
	}
	return r
}

func (r *Range) addParam(name, value string) {
	switch name {
	case "":
	case "q":
		r.weight = parseWeight(value)
	default:
		if r.Params == nil {
			r.Params = map[string]string{}
		}
		r.Params[name] = value
	}
}

func parseWeight(text string) float64 {
	w, err := strconv.ParseFloat(text, 64)
	if err != nil || !(0 <= w && w <= 1) {
		return invalidWeight
	}
	return w
}

// cut returns the text before and after the first separator outside quotes. Without a
// separator, all text is before it.
func cut(text string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case !quoted && c == separator:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// Weight returns the parameter q, 1 without one, and ifInvalid if it is not a number from
// 0 to 1.
func (r Range) Weight(ifInvalid float64) float64 {
	if r.weight == invalidWeight {
		return ifInvalid
	}
	return r.weight
}

// Specificity orders media ranges. If several match a media type, the one with the highest
// specificity applies.
func (r Range) Specificity() int {
	kind, subtype, _ := strings.Cut(r.Name, "/")
	switch {
	case kind == "*":
		return 0
	case subtype == "*":
		return 1
	case len(r.Params) == 0:
		return 2
	default:
		return 3
	}
}

// Matches reports whether a media range and mediaType, which may be a media range too,
// have a media type in common. It ignores parameters.
func (r Range) Matches(mediaType string) bool {
	kind, subtype, _ := strings.Cut(r.Name, "/")
	otherKind, otherSubtype, _ := strings.Cut(mediaType, "/")
	return matchesPart(kind, otherKind) && matchesPart(subtype, otherSubtype)
}

func matchesPart(a, b string) bool {
	return a == b || a == "*" && b != "" || b == "*" && a != ""
}

// MediaWeight returns the weight of a media type: that of the most specific range that
// matches it, and 0 if none does. An invalid weight counts as 1.
func MediaWeight(ranges []Range, mediaType string) (weight float64) {
	highest := -1
	for _, r := range ranges {
		if s := r.Specificity(); s > highest && r.Matches(mediaType) {
			highest, weight = s, r.Weight(1)
		}
	}
	return weight
}

// PrefersHTML reports whether a client, such as a browser, prefers HTML to JSON.
func PrefersHTML(h http.Header) bool {
	ranges := Parse(h.Values("Accept"))
	return MediaWeight(ranges, "text/html") > MediaWeight(ranges, "application/json")
}

// CodingWeight returns the weight of a content coding, and false if the header does not
// name it. The last element with the name counts. An invalid weight or another parameter
// counts as 0, because a response without a coding is always readable.
func CodingWeight(ranges []Range, coding string) (weight float64, named bool) {
	for _, r := range ranges {
		if r.Name != coding {
			continue
		}
		if weight, named = r.Weight(0), true; len(r.Params) > 0 {
			weight = 0
		}
	}
	return weight, named
}
