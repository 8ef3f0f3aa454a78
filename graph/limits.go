package graph

import (
	"cmp"
	"fmt"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/form"
)

// Limits bounds the cost of one GraphQL request. Each limit is checked before the server spends the
// resource that the limit bounds. Zero means the default, which is the value at the end of each
// comment. No limit can be disabled.
type Limits struct {
	// BodyBytes is the size of the body of a POST, or of the query string of a GET: 1 MiB.
	BodyBytes int64
	// UploadBytes is the total size of all files of a form: 64 MiB.
	UploadBytes int64
	// Uploads bounds the disk space of the forms of all requests; nil means no bound.
	Uploads *form.Quota
	// Tokens is the length of a document in tokens, including comments: 2000.
	Tokens int
	// Definitions is the number of operations and fragments of a document: 50.
	Definitions int
	// Directives is the number of directives that a document applies: 50.
	Directives int
	// Repeats is the number of duplicates. A duplicate is a field or fragment spread that already
	// occurs in the same selection set. A duplicate inside n nested inline fragments counts n+1
	// times: 50.
	Repeats int
	// Fields is the number of fields of a document, and of its operation after fragments are
	// expanded: 500.
	Fields int
	// Aliases is the number of fields with an alias, after fragments are expanded: 30.
	Aliases int
	// Depth is the number of levels of nested fields. The usual introspection query needs 15
	// levels. The braces of a document, including those of inline fragments, may nest twice as
	// deep: 15.
	Depth int
	// Nodes is the maximum number of objects in the response: 100,000.
	Nodes int64
	// Values is the maximum number of objects and scalars in the response, by the estimate of the guard.
	// The resolvers also count the values that they deliver; the fast path counts only bytes, for
	// ReplyBytes: 800,000.
	Values int64
	// Rows is the maximum number of results and steps that figures read, by the estimate of the guard:
	// 5,000,000.
	Rows int64
	// PageSize is the length of a page if the operation sets neither first nor last: 50.
	PageSize int
	// NestedPageSize is PageSize for a connection inside another connection: 20. It is smaller because the
	// lengths of nested pages multiply.
	NestedPageSize int
	// MaxPage is the largest value of first and last: 1000.
	MaxPage int
	// Timeout is the time for reading the request and running the operation: 15 s.
	Timeout time.Duration
	// CallerOperations is the number of operations of one caller that run at the same time: half of
	// the database connections, which orDefaults leaves to the server.
	CallerOperations int
	// ReplyBytes is the size of the data of a response: 32 MiB.
	ReplyBytes int
}

// orDefaults returns the limits with the default for each limit that is zero.
func (l Limits) orDefaults() Limits {
	return Limits{
		Uploads:     l.Uploads,
		BodyBytes:   cmp.Or(l.BodyBytes, 1<<20),
		UploadBytes: cmp.Or(l.UploadBytes, 64<<20),
		Tokens:      cmp.Or(l.Tokens, 2000),
		Definitions: cmp.Or(l.Definitions, 50),
		Directives:  cmp.Or(l.Directives, 50),
		Repeats:     cmp.Or(l.Repeats, 50),
		Fields:      cmp.Or(l.Fields, 500),
		Aliases:     cmp.Or(l.Aliases, 30),
		Depth:       cmp.Or(l.Depth, 15),
		Nodes:       cmp.Or(l.Nodes, 100_000),
		Values:      cmp.Or(l.Values, 800_000),
		Rows:        cmp.Or(l.Rows, 5_000_000),
		PageSize:    cmp.Or(l.PageSize, 50),
		MaxPage:     cmp.Or(l.MaxPage, 1000),
		Timeout:     cmp.Or(l.Timeout, 15*time.Second),
		ReplyBytes:  cmp.Or(l.ReplyBytes, 32<<20),

		NestedPageSize:   cmp.Or(l.NestedPageSize, 20),
		CallerOperations: l.CallerOperations,
	}
}

// limitError returns the error of a request that exceeds a limit. The extensions are for programs;
// the message says what a person can do.
func limitError(limit string, maximum int64, format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{
		Message: fmt.Sprintf(format, args...),
		Extensions: map[string]any{
			"code":    fault.BadInput.Code,
			"limit":   limit,
			"maximum": maximum,
		},
	}
}

// limitErrorWithActual returns a limitError with the value that exceeds the limit.
func limitErrorWithActual(actual int64, limit string, maximum int64, format string, args ...any) *gqlerror.Error {
	err := limitError(limit, maximum, format, args...)
	err.Extensions["actual"] = actual
	return err
}
