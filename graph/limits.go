package graph

import (
	"cmp"
	"fmt"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/fault"
)

// Limits bounds what one GraphQL request may cost. Each limit is checked before the work
// that it bounds, and a limit that is zero means its default: there is no unlimited.
type Limits struct {
	// BodyBytes is the size of the body of a POST, or of the query string of a GET: 1 MiB.
	BodyBytes int64
	// UploadBytes is the size of all files of a form together: 64 MiB.
	UploadBytes int64
	// Tokens is the length of a document in tokens, comments included: 2000.
	Tokens int
	// Definitions is the number of operations and fragments of a document: 50.
	Definitions int
	// Directives is the number of directives that a document applies: 50.
	Directives int
	// Repeats is how often a document may ask for a field or a fragment that the same
	// selection has already; in an inline fragment that counts twice, in two within each
	// other three times: 50.
	Repeats int
	// Fields is the number of fields of a document and of its operation after the fragments
	// were expanded: 500.
	Fields int
	// Aliases is the number of fields with another name in the answer, fragments expanded: 30.
	Aliases int
	// Depth is how deep fields may nest: 15, which the usual introspection query needs. As
	// it is written, with inline fragments, a document may nest twice as deep.
	Depth int
	// Nodes is the number of objects that the answer could hold at most: 100,000.
	Nodes int64
	// PageSize is the length of a connection's page without first and last: 50.
	PageSize int
	// MaxPage is the largest first and last: 1000.
	MaxPage int
	// Timeout is how long reading the request and running the operation may take: 15 s.
	Timeout time.Duration
	// ReplyBytes is the size of the data of an answer: 32 MiB.
	ReplyBytes int
}

// orDefaults returns l with the defaults in place of zeros.
func (l Limits) orDefaults() Limits {
	return Limits{
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
		PageSize:    cmp.Or(l.PageSize, 50),
		MaxPage:     cmp.Or(l.MaxPage, 1000),
		Timeout:     cmp.Or(l.Timeout, 15*time.Second),
		ReplyBytes:  cmp.Or(l.ReplyBytes, 32<<20),
	}
}

// exceeded is the error of a request that goes beyond a limit. A program reads its
// extensions; the message tells a person what to do about it.
func exceeded(limit string, maximum int64, format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{
		Message: fmt.Sprintf(format, args...),
		Extensions: map[string]any{
			"code":    fault.BadInput.Code,
			"limit":   limit,
			"maximum": maximum,
		},
	}
}

// exceededBy is exceeded where it is known how much was asked for.
func exceededBy(actual int64, limit string, maximum int64, format string, args ...any) *gqlerror.Error {
	err := exceeded(limit, maximum, format, args...)
	err.Extensions["actual"] = actual
	return err
}
