package graph

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/form"
)

// httpTransport answers GET and POST as the GraphQL-over-HTTP specification says.
//
// What its answers are, beyond the statuses of the specification:
//   - GET runs queries only; everything else is 405, as is any other method.
//   - A body that is not application/json is 415, one that is too large 413. One that is
//     multipart/form-data has files with it: see readForm.
//   - An operation that ran out of time is 503 with the code UNAVAILABLE and no data: a
//     query as soon as the deadline made anything fail, a mutation only if it did not
//     begin. Resolvers must heed their context for the limit to hold.
//   - A large answer is sent while it is read. What goes wrong then, or makes it too large,
//     breaks it off, so that no client takes a part for the whole; before, it is an error.
type httpTransport struct{ lim Limits }

// statusClientGone is what nginx logs when a client did not wait; nobody receives it.
const statusClientGone = 499

// answer answers a request with an executor. The error is why a response that has begun
// cannot be completed.
func (t httpTransport) answer(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) error {
	media, ok := negotiate(r)
	setHeaders(w.Header(), media)
	if !ok {
		t.refuse(w, refuse(http.StatusNotAcceptable, "the answer can be %s or %s: allow one of them in Accept", graphqlJSON, plainJSON))
		return nil
	}
	start := graphql.Now()
	var params *graphql.RawParams
	var ref *refusal
	files := r.Method == http.MethodPost && isForm(r.Header)
	if files { // which take the time that they need
		var sent *form.Form
		params, sent, ref = readForm(w, r, t.lim)
		defer sent.Close()
	}
	ctx, cancel := context.WithTimeout(r.Context(), t.lim.Timeout)
	defer cancel()
	if !files {
		params, ref = readParams(w, r, t.lim)
	}
	if ref != nil && ref.err.Err != nil { // a failure of ours, which is to be logged
		op := graphql.WithOperationContext(ctx, &graphql.OperationContext{})
		writeReply(w, ref.status, exec.DispatchError(op, gqlerror.List{ref.err}))
		return nil
	}
	if ref != nil {
		t.refuse(w, ref)
		return nil
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}

	op, errs := exec.CreateOperationContext(ctx, params)
	if errs != nil {
		resp := exec.DispatchError(graphql.WithOperationContext(ctx, op), abridge(errs))
		writeReply(w, statusOf(media, resp.Errors), resp)
		return nil
	}
	if r.Method == http.MethodGet && op.Operation.Operation != ast.Query {
		w.Header().Set("Allow", http.MethodPost)
		t.refuse(w, refuse(http.StatusMethodNotAllowed, "a GET can only query: use POST for a %s", op.Operation.Operation))
		return nil
	}
	stream := &streamWriter{w: w, maxBytes: t.lim.ReplyBytes}
	ctx, report := fastpath.EnsureReport(ctx)
	report.Stream = stream.begin
	status, resp := t.run(ctx, media, exec, op)
	if report.Streaming() {
		return stream.end(report.StreamErr)
	}
	report.SetHeader(w.Header())
	writeReply(w, status, resp)
	return nil
}

// run runs an operation and returns its answer with the status.
func (t httpTransport) run(ctx context.Context, media string, exec graphql.GraphExecutor, op *graphql.OperationContext) (int, *graphql.Response) {
	next, opCtx := exec.DispatchOperation(ctx, op)
	resp := next(opCtx)
	if resp != nil { // fields fail in any order; answers have one
		slices.SortStableFunc(resp.Errors, func(a, b *gqlerror.Error) int { return cmp.Compare(a.Path.String(), b.Path.String()) })
	}
	late := errors.Is(ctx.Err(), context.DeadlineExceeded)
	switch {
	case late && (resp == nil || len(resp.Errors) > 0 && op.Operation.Operation == ast.Query):
		return t.failed(media, t.timedOut())
	case resp == nil:
		return statusClientGone, &graphql.Response{}
	case len(resp.Data) > t.lim.ReplyBytes:
		return t.failed(media, exceededBy(int64(len(resp.Data)), "replyBytes", int64(t.lim.ReplyBytes),
			"the answer is %d bytes, and at most %d are allowed: ask for fewer fields or smaller pages", len(resp.Data), t.lim.ReplyBytes))
	case resp.Data == nil:
		return statusOf(media, resp.Errors), resp
	}
	return http.StatusOK, resp
}

func (httpTransport) failed(media string, err *gqlerror.Error) (int, *graphql.Response) {
	errs := gqlerror.List{err}
	return statusOf(media, errs), &graphql.Response{Errors: errs}
}

func (t httpTransport) timedOut() *gqlerror.Error {
	err := gqlerror.Errorf("the operation took longer than %s: ask for less at a time, or try again later", t.lim.Timeout)
	err.Extensions = map[string]any{"code": fault.Unavailable.Code}
	return err
}

func (httpTransport) refuse(w http.ResponseWriter, ref *refusal) {
	if ref.status == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "" {
		w.Header().Set("Allow", strings.Join([]string{http.MethodGet, http.MethodPost}, ", "))
	}
	writeReply(w, ref.status, &graphql.Response{Errors: gqlerror.List{ref.err}})
}
