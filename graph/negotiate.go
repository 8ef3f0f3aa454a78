package graph

import (
	"net/http"
	"strings"

	"github.com/momotor/resultgraph/internal/accept"
)

// These are the media types of a response according to the GraphQL-over-HTTP specification. With
// graphqlJSON, the HTTP status tells whether the document and the variables are valid. With
// plainJSON, the status of every GraphQL response is 200, even if the document is invalid. Only
// HTTP errors, such as a failed authentication, have another status.
const (
	graphqlJSON = "application/graphql-response+json"
	plainJSON   = "application/json"
)

// negotiate returns the media type that the client prefers, and false if the client accepts
// neither of the two. It returns plainJSON if the client accepts both equally.
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
