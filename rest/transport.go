package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
)

// A transport lets the GraphQL server run the operations of calls, with the same
// resolvers, loaders and error presenter as any other.
//
// It only takes what it is lent: gqlgen answers a panic by itself, and a reply has to be
// able to break off.
type transport struct{}

var _ graphql.Transport = transport{}

type callKey struct{}

// Supports reports whether the request carries a call.
func (transport) Supports(r *http.Request) bool {
	_, ok := r.Context().Value(callKey{}).(*call)
	return ok
}

// Do gives the call the executor, and the context by which the server knows that the
// operations are ours.
func (transport) Do(_ http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	c := r.Context().Value(callKey{}).(*call)
	c.exec, c.context = exec, r.Context()
}

var errNoTransport = errors.New("the GraphQL server has no transport of the REST API: pass API.Transport to it")

// answer runs a reply with what the GraphQL server lends.
func (c *call) answer(server http.HandlerFunc, reply reply, w http.ResponseWriter, r *http.Request) error {
	server(discard{}, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	if c.exec == nil {
		return errNoTransport
	}
	return reply(c, w, r.WithContext(c.context))
}

// discard is for a server that writes nothing.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
