// Package answers repeats answers to queries that are still valid, without reading their data: the answer
// that a client has already, as its entity tag says.
//
// The answer to a query depends on the query, on what the caller may see, on this program and on the data.
// The first three are hashed: see question. The data has versions (db.Versions), which the fast path reads
// together with it. So an answer is valid as long as the question is the same and the store has the same
// versions, which one small statement finds out. It travels together with the check of the caller's key.
package answers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/conditional"
)

// maxCourses is the maximum number of courses of a tag that is checked.
const maxCourses = 64

// A Config configures a Schema.
type Config struct {
	Store *db.Store
	// Program identifies this program and the settings that answers depend on.
	Program string
	// Base returns the base of the URLs in an answer, and Trusted whether the name of the operation
	// identifies its document.
	Base    func(context.Context) string
	Trusted func(context.Context) bool
	// Admit returns the guards that confirm the caller.
	Admit func(context.Context) (context.Context, []query.Guard)
}

// A Schema is an executable schema that repeats answers of the executable schema that it wraps.
type Schema struct {
	graphql.ExecutableSchema
	conf Config
}

// New returns a Schema that wraps es.
func New(es graphql.ExecutableSchema, conf Config) *Schema { return &Schema{es, conf} }

// Exec implements graphql.ExecutableSchema.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	c := conditional.From(ctx)
	if c == nil || op.Operation.Operation != ast.Query {
		return s.ExecutableSchema.Exec(ctx)
	}
	var next graphql.ResponseHandler
	return func(ctx context.Context) *graphql.Response {
		if next != nil {
			return next(ctx)
		}
		if len(c.Tags) > 0 && s.isUnchanged(ctx, op, c) {
			next = func(context.Context) *graphql.Response { return nil }
			return &graphql.Response{}
		}
		next = s.ExecutableSchema.Exec(ctx)
		return s.run(ctx, op, c, next)
	}
}

// run runs an operation and sets c.Tag before the first byte of the answer is sent.
func (s *Schema) run(ctx context.Context, op *graphql.OperationContext, c *conditional.Request, next graphql.ResponseHandler) *graphql.Response {
	_, report := fastpath.EnsureReport(ctx)
	setTag := func() {
		if v := report.Versions; v != nil {
			c.Tag = encodeTag(s.question(ctx, op, c.Representation, access.FromContext(ctx)), v)
		}
	}
	if stream := report.Stream; stream != nil {
		report.Stream = func(path string) (fastpath.Sink, error) {
			setTag()
			return stream(path)
		}
	}
	resp := next(ctx)
	if resp != nil && len(resp.Errors) == 0 && !report.Streaming() {
		setTag()
	}
	return resp
}

// isUnchanged reports whether the client has the present answer, and sets c.Tag and c.NotModified then. It
// confirms the caller if it asks the store.
func (s *Schema) isUnchanged(ctx context.Context, op *graphql.OperationContext, c *conditional.Request) bool {
	caller := access.AuthenticationOf(ctx).Remembered()
	if caller == nil {
		caller = access.FromContext(ctx)
	}
	q := s.question(ctx, op, c.Representation, caller)
	for _, tag := range c.Tags {
		known, ok := decodeTag(q, tag)
		if !ok {
			continue
		}
		now, err := s.readVersions(ctx, known)
		if err == nil && now.Equal(known) {
			c.Tag, c.NotModified = tag, true
		}
		return c.NotModified // the store has one state only, so that no other tag is valid too
	}
	return false
}

// readVersions reads the present versions of the directory and of the courses of known, and checks the
// caller's key in the same round trip.
func (s *Schema) readVersions(ctx context.Context, known *db.Versions) (now db.Versions, err error) {
	ctx, guards := s.conf.Admit(ctx)
	courses := make([]int64, len(known.Courses))
	for i, v := range known.Courses {
		courses[i] = v.CourseID
	}
	guards = append(guards, s.conf.Store.VersionGuard(courses, &now))
	err = s.conf.Store.DB().CheckGuards(ctx, guards...)
	return now, err
}
