// Package answers has entity tags and a cache for the answers to queries, so that an unchanged answer is
// sent, or confirmed with 304, without reading its data again.
//
// The answer to a query depends on the query, on the rights of the caller, on this program and on the data.
// A digest covers the first three. The data has versions (db.Versions), which the fast path reads together
// with it. An answer is valid as long as its digest and the versions in the store are the same. One
// statement reads the versions, in the round trip that checks the key of the caller.
package answers

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/conditional"
	"github.com/momotor/resultgraph/internal/rowcodec"
)

// maxCourses is the maximum number of courses of a tag that is checked.
const maxCourses = 64

// A Config configures a Schema.
type Config struct {
	Store *db.Store
	// CacheBytes is the maximum size of the answers in memory; 0 means none.
	CacheBytes int
	// Program identifies this program and the settings that answers depend on.
	Program string
	// Base returns the base of the URLs in an answer, and Trusted whether the name of the operation
	// identifies its document.
	Base    func(context.Context) string
	Trusted func(context.Context) bool
	// Admit returns the guards that confirm the caller.
	Admit func(context.Context) (context.Context, []query.Guard)
	// Observe, if not nil, is called with the outcome of each look-up in the cache.
	Observe func(Lookup)
}

// A Lookup is the outcome of a look-up in the cache.
type Lookup string

// The outcomes.
const (
	Hit      Lookup = "hit"      // the answer came from the cache
	Outdated Lookup = "outdated" // the cache had an answer of an earlier version
	Miss     Lookup = "miss"     // the cache had no answer
)

// A Schema is an executable schema that repeats answers of the executable schema that it wraps.
type Schema struct {
	graphql.ExecutableSchema
	conf  Config
	cache *cache
}

// New returns a Schema that wraps es.
func New(es graphql.ExecutableSchema, conf Config) *Schema {
	return &Schema{es, conf, newCache(conf.CacheBytes)}
}

// CacheSize returns the number of bytes in the cache.
func (s *Schema) CacheSize() int {
	if s.cache == nil {
		return 0
	}
	return s.cache.entries.Bytes()
}

// Exec implements graphql.ExecutableSchema.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	c := conditional.From(ctx)
	if op.Operation.Operation != ast.Query || c == nil && s.cache == nil || rowcodec.Accepted(ctx) {
		return s.ExecutableSchema.Exec(ctx)
	}
	var next graphql.ResponseHandler
	return func(ctx context.Context) *graphql.Response {
		if next != nil {
			return next(ctx)
		}
		x := &exchange{Schema: s, ctx: ctx, op: op, condition: c}
		_, x.report = fastpath.EnsureReport(ctx)
		x.setCaller(access.PresumedCaller(ctx))
		if resp := x.repeat(); resp != nil {
			next = func(context.Context) *graphql.Response { return nil }
			return resp
		}
		next = s.ExecutableSchema.Exec(ctx)
		return x.run(next)
	}
}

// An exchange is one query with its answer.
type exchange struct {
	*Schema
	ctx       context.Context
	op        *graphql.OperationContext
	condition *conditional.Request // nil if the answer needs no tag
	report    *fastpath.Report
	caller    *access.Principal
	digest    digest
}

// setCaller sets the caller, and the digest for this caller.
func (x *exchange) setCaller(caller *access.Principal) {
	x.caller, x.digest = caller, x.Schema.digest(x.ctx, x.op, caller)
}

// repeat returns the answer if the client or the cache has it, and nil otherwise. An answer that the client
// has comes without data. If repeat reads from the store, it also confirms the caller.
func (x *exchange) repeat() *graphql.Response {
	known, cached := x.knownVersions(), x.cache.get(x.digest)
	if cached == nil {
		x.observe(Miss)
	}
	if known == nil && cached == nil {
		return nil
	}
	now, err := x.readVersions(known, cached)
	switch {
	case err != nil:
	case known != nil && now.Include(known):
		x.condition.Tag, x.condition.NotModified = encodeTag(x.tagHash(), known), true
		x.report.Repeated = "unchanged"
		return &graphql.Response{}
	case cached != nil && now.Include(cached.versions):
		x.observe(Hit)
		return x.answerFrom(cached)
	case cached != nil:
		x.observe(Outdated)
	}
	return nil
}

func (x *exchange) observe(outcome Lookup) {
	if x.conf.Observe != nil && x.cache != nil {
		x.conf.Observe(outcome)
	}
}

// knownVersions returns the versions of the answer that the client has, or nil. The store has one state, so
// that no other tag of the client could be valid too. A tag with a course that the caller may not see was
// made up: with 304 it would tell the version of the course.
func (x *exchange) knownVersions() *db.Versions {
	if x.condition == nil {
		return nil
	}
	for _, tag := range x.condition.Tags {
		if v, ok := decodeTag(x.tagHash(), tag); ok && x.sees(v.Courses) {
			return v
		}
	}
	return nil
}

// sees reports whether the caller has a role in all courses.
func (x *exchange) sees(courses []db.CourseVersion) bool {
	return !slices.ContainsFunc(courses, func(c db.CourseVersion) bool { return !x.caller.HasRole(c.CourseID, access.AnyRole) })
}

// readVersions reads the present versions of the directory and of the courses of the client's answer and of
// the cached one, and checks the caller's key in the same round trip.
func (x *exchange) readVersions(known *db.Versions, cached *entry) (now db.Versions, err error) {
	ctx, guards := x.conf.Admit(x.ctx)
	courses := known.CourseIDs()
	if cached != nil {
		courses = slices.Concat(courses, cached.versions.CourseIDs())
	}
	guards = append(guards, x.conf.Store.VersionGuard(courses, &now))
	err = x.conf.Store.DB().CheckGuards(ctx, guards...)
	return now, err
}

// answerFrom returns a cached answer. A large one stays in memory until the transport has sent it, if there
// is space for that; otherwise the transport copies it.
func (x *exchange) answerFrom(e *entry) *graphql.Response {
	x.report.Repeated = "cache"
	x.report.Versions = e.versions
	x.setTag()
	if x.report.OnShared != nil {
		if release := x.cache.share(e); release != nil {
			x.report.OnShared(release)
		}
	}
	return &graphql.Response{Data: e.data}
}

// run runs the operation, sets the tag before the first byte of the answer is sent, and adds the answer to
// the cache if it was requested before.
func (x *exchange) run(next graphql.ResponseHandler) *graphql.Response {
	repeated := x.cache.shouldAdd(x.digest)
	var collected *collector
	if stream := x.report.Stream; stream != nil {
		x.report.Stream = func(path string) (fastpath.Sink, error) {
			x.setTag()
			sink, err := stream(path)
			if err == nil && repeated && x.report.Versions != nil && x.cache.startCollecting() {
				collected = &collector{Sink: sink, max: x.cache.maxEntry()}
				sink = collected
			}
			return sink, err
		}
	}
	defer func() {
		if collected != nil {
			x.cache.stopCollecting()
		}
	}()
	resp := next(x.ctx)
	switch {
	case resp == nil || len(resp.Errors) > 0 || x.report.Versions == nil:
	case !x.report.Streaming():
		x.setTag()
		if repeated {
			x.cache.add(x.digest, resp.Data, x.report.Versions)
		}
	case collected != nil && !collected.tooLarge && x.report.StreamErr == nil:
		x.cache.add(x.digest, collected.data, x.report.Versions)
	}
	return resp
}

// setTag sets the tag of the answer if it has versions. The caller is confirmed now, and may have other
// rights than before.
func (x *exchange) setTag() {
	if x.report.Versions == nil {
		return
	}
	if confirmed := access.FromContext(x.ctx); confirmed != x.caller {
		x.setCaller(confirmed)
	}
	if x.condition != nil {
		x.condition.Tag = encodeTag(x.tagHash(), x.report.Versions)
	}
}
