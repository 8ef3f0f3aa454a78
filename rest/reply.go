package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/internal/fault"
)

// A reply answers a route: it runs the route's operation and sends what came of it. An
// error that it returns, which must be before its first byte, becomes a stock answer;
// after that byte it panics with http.ErrAbortHandler, so that the client notices.
// The headers that all answers have are set before; the request's context has the caller.
type reply func(c *call, w http.ResponseWriter, r *http.Request) error

// vars are the variables of an operation.
type vars map[string]any

// A call is one request to a route.
type call struct {
	conf       *Config
	operations operations

	// operation is the route's own, and vars are its variables.
	operation string
	vars      vars
	// params are the path parameters, decoded once, by their documented names. That of
	// a member, path, has slashes inside, but not the one that ends the route.
	params map[string]string
	// indent is how many spaces the client wants JSON to be indented by.
	indent int
}

// run runs an operation of ours in process and returns its data. It takes no longer than
// the timeout, after which the store is left alone. The context is that of
// the request that the reply got. For the error of a resolver errors.Is finds the kind.
func (c *call) run(ctx context.Context, operation string, v vars) (json.RawMessage, error) {
	if c.conf.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.conf.Timeout, tooLong)
		defer cancel()
	}
	ctx = graphql.StartOperationTrace(ctx)
	params := &graphql.RawParams{Query: c.operations[operation].document, OperationName: operation, Variables: v}
	op, errs := c.conf.Executor.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		return nil, errs
	}
	next, ctx := c.conf.Executor.DispatchOperation(ctx, op)
	switch res := next(ctx); {
	case errors.Is(context.Cause(ctx), tooLong):
		return nil, tooLong
	case res == nil:
		return nil, context.Cause(ctx)
	case len(res.Errors) > 0:
		return nil, res.Errors
	default:
		return res.Data, nil
	}
}

// tooLong is the failure of an operation that takes more than its time.
var tooLong = fault.New(fault.Unavailable, "The answer takes too long. Try again later.")

// one replies with the object at the path; without one it is 404.
func one(path string) reply {
	return func(c *call, w http.ResponseWriter, r *http.Request) error {
		data, err := c.run(r.Context(), c.operation, c.vars)
		if err != nil {
			return err
		}
		body := at(data, path)
		if body == nil {
			return fault.NotFound
		}
		return c.write(w, http.StatusOK, body)
	}
}

// list replies with the whole list at the path. A null on the way is an empty list: of
// parents that are not there, or not to be seen, nothing is told.
func list(path string) reply {
	return func(c *call, w http.ResponseWriter, r *http.Request) error {
		data, err := c.run(r.Context(), c.operation, c.vars)
		if err != nil {
			return err
		}
		body := at(data, path)
		if body == nil {
			body = []byte("[]")
		}
		return c.write(w, http.StatusOK, body)
	}
}

// write sends JSON, which has no newline at its end.
func (c *call) write(w http.ResponseWriter, status int, body []byte) error {
	body, err := c.indented(body)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // who is gone cannot be told
	return nil
}

// indented is JSON as the client wants it.
func (c *call) indented(body []byte) ([]byte, error) {
	if c.indent == 0 {
		return body, nil
	}
	var wide bytes.Buffer
	err := json.Indent(&wide, body, "", strings.Repeat(" ", c.indent))
	return wide.Bytes(), err
}

// writeValue sends a value of ours as JSON.
func (c *call) writeValue(w http.ResponseWriter, status int, v any) error {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return c.write(w, status, bytes.TrimSuffix(body.Bytes(), []byte("\n")))
}

// at peels {"a":{"b":…}} down to the value at "a.b", nil for a null there or on the way.
// An operation selects one field on each level of the path, so only braces have to go.
func at(data []byte, path string) []byte {
	for name := range strings.SplitSeq(path, ".") {
		inner, ok := bytes.CutPrefix(data, []byte(`{"`+name+`":`))
		if !ok {
			return nil
		}
		data = inner[:len(inner)-1]
	}
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	return data
}
