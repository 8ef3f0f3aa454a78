package main

import (
	"net/http"
	"os"

	"github.com/Khan/genqlient/graphql"
)

// newClient returns a client of the server $URL with the API key $KEY.
func newClient() graphql.Client {
	return graphql.NewClient(os.Getenv("URL")+"/graphql", &http.Client{Transport: authorizer{os.Getenv("KEY")}})
}

// An authorizer adds an API key to requests.
type authorizer struct{ key string }

// RoundTrip implements http.RoundTripper.
func (a authorizer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Api-Key "+a.key)
	return http.DefaultTransport.RoundTrip(r)
}
