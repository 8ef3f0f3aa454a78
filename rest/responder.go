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

// A responder answers a route: it runs the route's operation and writes the response. It may
// return an error only before the first byte, and panics with http.ErrAbortHandler after that, so
// that the client notices. The common headers are set already, and the request's context has the
// caller.
type responder func(c *call, w http.ResponseWriter, r *http.Request) error

// variables are the variables of an operation.
type variables map[string]any

// A call is one request to a route.
type call struct {
	conf       *Config
	operations operations

	// operation is the name of the route's operation.
	operation string
	variables variables
	// params are the decoded path parameters by their documented names. The parameter path of a
	// member may have slashes, without the one that ends the URL.
	params map[string]string
	// indent is the number of spaces to indent JSON with.
	indent int
}

// run runs an operation and returns its data. It stops at the timeout. The context must have the
// caller. errors.Is finds the fault of a resolver in the error.
func (c *call) run(ctx context.Context, operation string, v variables) (json.RawMessage, error) {
	if c.conf.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.conf.Timeout, errTimeout)
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
	case errors.Is(context.Cause(ctx), errTimeout):
		return nil, errTimeout
	case res == nil:
		return nil, context.Cause(ctx)
	case len(res.Errors) > 0:
		return nil, res.Errors
	default:
		return res.Data, nil
	}
}

// errTimeout is the error of an operation that exceeds Config.Timeout.
var errTimeout = fault.New(fault.Unavailable, "The answer takes too long. Try again later.")

// object responds with the object at the path, and with 404 for a null.
func object(path string) responder {
	return func(c *call, w http.ResponseWriter, r *http.Request) error {
		data, err := c.run(r.Context(), c.operation, c.variables)
		if err != nil {
			return err
		}
		body := valueAt(data, path)
		if body == nil {
			return fault.NotFound
		}
		return c.writeJSON(w, http.StatusOK, body)
	}
}

// list responds with the complete list at the path. A null on the path is an empty list, so lists
// do not show which parents exist.
func list(path string) responder {
	return func(c *call, w http.ResponseWriter, r *http.Request) error {
		data, err := c.run(r.Context(), c.operation, c.variables)
		if err != nil {
			return err
		}
		body := valueAt(data, path)
		if body == nil {
			body = []byte("[]")
		}
		return c.writeJSON(w, http.StatusOK, body)
	}
}

// writeJSON writes JSON without a newline at the end.
func (c *call) writeJSON(w http.ResponseWriter, status int, body []byte) error {
	body, err := c.indentJSON(body)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error means that the client is gone
	return nil
}

// indentJSON indents JSON by c.indent.
func (c *call) indentJSON(body []byte) ([]byte, error) {
	if c.indent == 0 {
		return body, nil
	}
	var wide bytes.Buffer
	err := json.Indent(&wide, body, "", strings.Repeat(" ", c.indent))
	return wide.Bytes(), err
}

// writeJSONValue encodes a value and writes it.
func (c *call) writeJSONValue(w http.ResponseWriter, status int, v any) error {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return c.writeJSON(w, status, bytes.TrimSuffix(body.Bytes(), []byte("\n")))
}

// valueAt returns the value at the path "a.b" of {"a":{"b":…}}, nil for a null at or above it. Each
// object on the path must have one member, as the operations select.
func valueAt(data []byte, path string) []byte {
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
