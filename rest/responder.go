package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/internal/conditional"
	"github.com/momotor/resultgraph/internal/deadline"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/spool"
)

// A responder runs the operation of a route and writes the response. It may return an error only
// before the first byte. After that it panics with http.ErrAbortHandler, so that the client notices
// the failure. The common headers are set already, and the request's context has the caller.
type responder func(ar *apiRequest, w http.ResponseWriter, r *http.Request) error

// variables are the variables of an operation.
type variables map[string]any

// An apiRequest is one request to a route.
type apiRequest struct {
	conf       *Config
	operations operations

	// caller is the id of the caller.
	caller string
	// operation is the name of the route's operation.
	operation string
	variables variables
	// params are the decoded path parameters by their documented names. The parameter path, which
	// names a file in a bundle, may contain slashes. It does not include the slash at the end of
	// the URL.
	params map[string]string
	// indent is the number of spaces to indent JSON with.
	indent int
	// condition has the entity tag of the response, if it is not nil: see read.
	condition *conditional.Request
}

// A runner is apiRequest.run, or a replacement in tests.
type runner func(ctx context.Context, operation string, v variables) (json.RawMessage, error)

// read runs the operation of a route that reads, and returns its data. If the client has the same response
// already, read responds with 304 and returns responded.
func (ar *apiRequest) read(w http.ResponseWriter, r *http.Request, run runner) (data json.RawMessage, responded bool, err error) {
	ar.condition = conditional.New(r, "rest, indent "+strconv.Itoa(ar.indent))
	data, err = run(conditional.With(r.Context(), ar.condition), ar.operation, ar.variables)
	if err == nil && ar.condition.NotModified {
		ar.condition.WriteNotModified(w)
		return nil, true, nil
	}
	return data, false, err
}

// run runs an operation and returns its data. It stops at the timeout, which deadline.Start restarts.
// The context must have the caller. errors.Is finds the fault of a resolver in the error.
func (ar *apiRequest) run(ctx context.Context, operation string, v variables) (json.RawMessage, error) {
	ctx, cancel := ar.conf.withTimeout(ctx)
	defer cancel()
	ctx = graphql.StartOperationTrace(ctx)
	params := &graphql.RawParams{Query: ar.operations[operation].document, OperationName: operation, Variables: v}
	op, errs := ar.conf.Executor.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		return nil, errs
	}
	next, ctx := ar.conf.Executor.DispatchOperation(ctx, op)
	switch res := next(ctx); {
	case res != nil && len(res.Errors) == 0: // complete, even if the time has passed: a change must not be repeated
		return res.Data, nil
	case errors.Is(context.Cause(ctx), errTimeout):
		return nil, errTimeout
	case res == nil:
		return nil, context.Cause(ctx)
	default:
		return nil, res.Errors
	}
}

// withTimeout returns a context that ends at the timeout of an operation, with errTimeout as its cause.
func (c *Config) withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.Timeout <= 0 {
		return ctx, func() {}
	}
	return deadline.WithTimeout(ctx, c.Timeout, errTimeout)
}

// errTimeout is the error of an operation that exceeds Config.Timeout.
var errTimeout = fault.New(fault.Unavailable, "The operation took too long: try again later.")

// object responds with the object at the path, and with 404 for null.
func object(path string) responder {
	return func(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
		data, responded, err := ar.read(w, r, ar.run)
		if err != nil || responded {
			return err
		}
		body := valueAt(data, path)
		if body == nil {
			return fault.NotFound
		}
		return ar.writeJSON(w, http.StatusOK, body)
	}
}

// list responds with the complete list at the path. A null on the path is an empty list, so lists
// do not show which parents exist.
func list(path string) responder {
	return func(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
		data, responded, err := ar.read(w, r, ar.run)
		if err != nil || responded {
			return err
		}
		body := valueAt(data, path)
		if body == nil {
			body = []byte("[]")
		}
		return ar.writeJSON(w, http.StatusOK, body)
	}
}

// writeJSON writes JSON without a newline at the end.
func (ar *apiRequest) writeJSON(w http.ResponseWriter, status int, body []byte) error {
	body, err := ar.indentJSON(body)
	if err != nil {
		return err
	}
	kept, err := ar.keep(body)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(kept.Size()))
	h.Set("Cache-Control", "no-store")
	if status == http.StatusOK {
		ar.condition.SetHeader(h)
	}
	w.WriteHeader(status)
	if err := kept.Send(writeTo(w)); err != nil { // mostly the client is gone or too slow
		if errors.Is(err, spool.ErrUnreadable) {
			ar.conf.Log.Error("JSON response interrupted", "operation", ar.operation, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// keep returns a body that does not stay in memory until the client has it, if it is large. The caller
// should drop its bytes. It fails with spool.ErrFull if too many responses wait for their clients.
func (ar *apiRequest) keep(parts ...[]byte) (*spool.Body, error) {
	return ar.conf.Spools.Body(ar.caller, parts...)
}

func writeTo(w io.Writer) func([]byte) error {
	return func(b []byte) error {
		_, err := w.Write(b)
		return err
	}
}

// indentJSON indents JSON by ar.indent spaces. It does not change JSON if ar.indent is 0.
func (ar *apiRequest) indentJSON(body []byte) ([]byte, error) {
	if ar.indent == 0 {
		return body, nil
	}
	var indented bytes.Buffer
	err := json.Indent(&indented, body, "", strings.Repeat(" ", ar.indent))
	return indented.Bytes(), err
}

// writeJSONValue encodes a value and writes it.
func (ar *apiRequest) writeJSONValue(w http.ResponseWriter, status int, v any) error {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return ar.writeJSON(w, status, bytes.TrimSuffix(body.Bytes(), []byte("\n")))
}

// valueAt returns the value at a path such as "a.b" in {"a":{"b":…}}. It returns nil if the value or
// a parent is null. Each parent must have one member; the operations select no others.
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

// errAPIKey returns the error for an API key on a route for people, which is that of the original API.
//
// The status is always 403. The original message is that of fault.Unauthenticated, whose status is
// Config.AuthFailureStatus. If this status is 401, errAPIKey returns fault.Forbidden, because the
// key is valid and another key does not help.
func (ar *apiRequest) errAPIKey() error {
	if ar.conf.AuthFailureStatus == http.StatusUnauthorized {
		return fault.Forbidden
	}
	return fault.Unauthenticated
}
