// Package rest answers HTTP requests that are not GraphQL by running GraphQL documents
// of our own: it reaches data in no other way, so that whoever asks sees the same.
package rest

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A call is one document to run, and what to do with its data.
type call struct {
	document  string
	variables map[string]any
	// reply gets the operation's data, or the errors that it ended with.
	reply func(w http.ResponseWriter, r *http.Request, data json.RawMessage, errs gqlerror.List)
}

type callKey struct{}

// with hands a call to the GraphQL server, which knows it by its context.
func (c *call) with(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callKey{}, c))
}

// A Transport lets the GraphQL server answer calls of this package: with the same
// resolvers, loaders and error presenter as any other operation.
type Transport struct{}

// Supports reports whether the request carries a call.
func (Transport) Supports(r *http.Request) bool {
	_, ok := r.Context().Value(callKey{}).(*call)
	return ok
}

// Do runs the call's document and replies.
func (Transport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	c := r.Context().Value(callKey{}).(*call)
	ctx := graphql.StartOperationTrace(r.Context())
	op, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: c.document, Variables: c.variables})
	if errs != nil {
		c.reply(w, r, nil, errs)
		return
	}
	next, ctx := exec.DispatchOperation(ctx, op)
	res := next(ctx)
	if res == nil { // the client went away
		return
	}
	c.reply(w, r, res.Data, res.Errors)
}
