package graph

import (
	"net/http"
	"strings"

	"github.com/momotor/resultgraph/internal/accept"
)

// The media types of a response, by the GraphQL-over-HTTP specification. With graphqlJSON
// the status describes the result of the request. With plainJSON the status is 200 for
// every response of GraphQL itself, including errors in a document.
const (
	graphqlJSON = "application/graphql-response+json"
	plainJSON   = "application/json"
)

// negotiate returns the media type that the client prefers, and false if it accepts neither.
// If it accepts both equally, the media type is plainJSON, which every client can read.
func negotiate(r *http.Request) (string, bool) {
	lines := r.Header.Values("Accept")
	if strings.TrimSpace(strings.Join(lines, "")) == "" {
		return plainJSON, true
	}
	ranges := accept.Parse(lines)
	plain, graphql := accept.MediaWeight(ranges, plainJSON), accept.MediaWeight(ranges, graphqlJSON)
	switch {
	case plain == 0 && graphql == 0:
		return plainJSON, false
	case graphql > plain:
		return graphqlJSON, true
	}
	return plainJSON, true
}
