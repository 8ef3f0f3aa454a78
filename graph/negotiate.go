package graph

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The media types of an answer, by the GraphQL-over-HTTP specification. With the first,
// the status says how the request went; with the second it is 200 for every answer that
// GraphQL itself gives, an answer about a wrong document included.
const (
	graphqlJSON = "application/graphql-response+json"
	plainJSON   = "application/json"
)

// negotiate returns the media type that the client likes best, and false when it takes
// none of ours. What is equally liked is plainJSON, which every client understands.
func negotiate(r *http.Request) (string, bool) {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return plainJSON, true
	}
	plain, graphql := quality(accept, plainJSON), quality(accept, graphqlJSON)
	switch {
	case plain == 0 && graphql == 0:
		return plainJSON, false
	case graphql > plain:
		return graphqlJSON, true
	}
	return plainJSON, true
}

// quality returns the weight of a media type in an Accept header: that of the most
// precise range that it falls in, 0 when there is none (RFC 9110 section 12.5.1).
func quality(accept, mediaType string) (q float64) {
	kind, _, _ := strings.Cut(mediaType, "/")
	best := 0
	for item := range strings.SplitSeq(accept, ",") {
		name, params, err := mime.ParseMediaType(item)
		if err != nil {
			continue
		}
		precision := map[string]int{mediaType: 3, kind + "/*": 2, "*/*": 1}[name]
		if precision > best {
			best, q = precision, weight(params["q"])
		}
	}
	return q
}

// weight reads a q parameter; without one, or with nonsense, a range weighs 1.
func weight(q string) float64 {
	w, err := strconv.ParseFloat(q, 64)
	if err != nil || !(0 <= w && w <= 1) {
		return 1
	}
	return w
}
