package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/graph/budget"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/conditional"
	"github.com/momotor/resultgraph/internal/deadline"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/form"
	"github.com/momotor/resultgraph/internal/spool"
)

// httpTransport answers GET and POST requests by the GraphQL-over-HTTP specification.
//
// It has these rules in addition to the specification:
//   - GET runs only queries. The status of other operations and other methods is 405.
//   - A body of multipart/form-data can have files: see readForm. The status of a body that is
//     neither such a form nor application/json is 415, and the status of a body that is too large
//     is 413.
//   - The response to an operation that exceeds its timeout has the status 503, the code
//     UNAVAILABLE and no data. A query gets this response if the deadline caused any error, and a
//     mutation only if it did not start. Resolvers must respect the deadline of their context.
//   - The response to a query that misses data because the database was unavailable has the status 503
//     and no data, so that clients try again.
//   - A large response is sent while its data is read, but reading does not wait for the client. If an
//     error occurs later, or the response has too many bytes, the server closes the connection, so
//     that no client accepts a partial response as complete. A large response that is complete does not
//     stay in memory until the client has it either.
type httpTransport struct {
	lim    Limits
	spools *spool.Pool // for large responses
}

// Responses that clients have not received yet use at most the space of maxSpooledReplies of the
// maximum size. At most maxSpoolMemory bytes of them are in memory.
const (
	maxSpooledReplies = 32
	maxSpoolMemory    = 64 << 20
)

func newTransport(lim Limits, log *slog.Logger) httpTransport {
	lim = lim.orDefaults()
	return httpTransport{lim, spool.NewPool("", maxSpooledReplies*int64(lim.ReplyBytes), maxSpoolMemory, log)}
}

// answer answers a request with an executor. It returns an error if it cannot complete a response
// that has begun.
func (t httpTransport) answer(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) error {
	media, ok := negotiate(r)
	setHeaders(w.Header(), media)
	if !ok {
		t.writeRejection(w, newRejection(http.StatusNotAcceptable, "The server responds with %s or %s; allow one of them in Accept.", graphqlJSON, plainJSON))
		return nil
	}
	start := graphql.Now()
	var params *graphql.RawParams
	var rejected *rejection
	ctx := r.Context()
	hasFiles := r.Method == http.MethodPost && isPreflightedForm(r.Header)
	if hasFiles { // the timeout does not include the upload of files
		var upload *form.Form
		params, upload, rejected = readForm(w, r, t.lim)
		defer upload.Close()
		ctx = deadline.Start(ctx)
	}
	ctx, cancel := deadline.WithTimeout(ctx, t.lim.Timeout, nil)
	defer cancel()
	if !hasFiles {
		params, rejected = readParams(w, r, t.lim)
	}
	if rejected != nil && rejected.err.Err != nil { // an error of the server: DispatchError logs it
		op := graphql.WithOperationContext(ctx, &graphql.OperationContext{})
		writeReply(w, rejected.status, exec.DispatchError(op, gqlerror.List{rejected.err}))
		return nil
	}
	if rejected != nil {
		t.writeRejection(w, rejected)
		return nil
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}

	op, errs := exec.CreateOperationContext(ctx, params)
	if errs != nil {
		resp := exec.DispatchError(graphql.WithOperationContext(ctx, op), truncateErrors(explainErrors(op, errs)))
		if wantsCost(r.Header) {
			addCost(resp, op, t.lim)
		}
		writeReply(w, statusOf(media, resp.Errors), resp)
		return nil
	}
	if r.Method == http.MethodGet && op.Operation.Operation != ast.Query {
		w.Header().Set("Allow", http.MethodPost)
		t.writeRejection(w, newRejection(http.StatusMethodNotAllowed, "GET runs only queries; use POST for a %s.", op.Operation.Operation))
		return nil
	}
	owner := access.IdentityOf(ctx).String()
	var condition *conditional.Request
	if !wantsCost(r.Header) { // a response with its cost has no tag
		condition = conditional.New(r, media)
	}
	ctx = conditional.With(ctx, condition)
	stream := &streamWriter{w: w, spools: t.spools, owner: owner, maxBytes: t.lim.ReplyBytes, condition: condition}
	ctx, report := fastpath.EnsureReport(ctx)
	if !wantsCost(r.Header) { // the cost is known when the data is complete
		report.Stream = stream.begin
	}
	defer stream.stop()
	var release func() // of data that the response shares with others
	report.OnShared = func(f func()) { release = f }
	defer func() {
		if release != nil {
			release()
		}
	}()
	status, resp := t.run(ctx, media, exec, op)
	if report.Streaming() {
		return stream.end(report.StreamErr)
	}
	report.SetHeader(w.Header())
	if wantsCost(r.Header) {
		addCost(resp, op, t.lim)
	}
	switch {
	case condition != nil && condition.NotModified:
		condition.WriteNotModified(w)
		return nil
	case status != http.StatusOK || resp.Data == nil || len(resp.Errors) > 0:
		condition = nil // only complete answers have a tag
	}
	if release != nil { // no copy is needed
		condition.SetHeader(w.Header())
		writeReply(w, status, resp)
		return nil
	}
	return t.sendReply(w, owner, op.Operation.Operation, condition, status, resp)
}

// run runs an operation and returns the response with its status.
func (t httpTransport) run(ctx context.Context, media string, exec graphql.GraphExecutor, op *graphql.OperationContext) (int, *graphql.Response) {
	next, opCtx := exec.DispatchOperation(ctx, op)
	resp := next(opCtx)
	if resp != nil { // resolvers fail in any order, but the order of errors must be fixed
		slices.SortStableFunc(resp.Errors, func(a, b *gqlerror.Error) int { return cmp.Compare(a.Path.String(), b.Path.String()) })
	}
	timedOut := errors.Is(ctx.Err(), context.DeadlineExceeded)
	switch {
	case timedOut && (resp == nil || len(resp.Errors) > 0 && op.Operation.Operation == ast.Query):
		return t.errorResponse(media, t.timeoutError())
	case resp == nil:
		return fault.ClientClosed.Status, &graphql.Response{}
	case len(resp.Data) > t.lim.ReplyBytes && op.Operation.Operation == ast.Query: // the budget bounds mutations
		return t.errorResponse(media, exceededError(&budget.ExceededError{Limit: "replyBytes", Maximum: int64(t.lim.ReplyBytes)}))
	case resp.Data == nil:
		return statusOf(media, resp.Errors), resp
	case op.Operation.Operation == ast.Query && slices.ContainsFunc(resp.Errors, isUnavailable):
		return fault.Unavailable.Status, &graphql.Response{Errors: resp.Errors}
	}
	return http.StatusOK, resp
}

func isUnavailable(err *gqlerror.Error) bool { return err.Extensions["code"] == fault.Unavailable.Code }

func (httpTransport) errorResponse(media string, err *gqlerror.Error) (int, *graphql.Response) {
	errs := gqlerror.List{err}
	return statusOf(media, errs), &graphql.Response{Errors: errs}
}

func (t httpTransport) timeoutError() *gqlerror.Error {
	const message = "The operation took longer than %s; request less data at once, or try again later."
	return clientError(fault.New(fault.Unavailable, fmt.Sprintf(message, t.lim.Timeout)))
}

func (httpTransport) writeRejection(w http.ResponseWriter, rejected *rejection) {
	if rejected.status == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "" {
		w.Header().Set("Allow", strings.Join([]string{http.MethodGet, http.MethodPost}, ", "))
	}
	writeReply(w, rejected.status, &graphql.Response{Errors: gqlerror.List{rejected.err}})
}
