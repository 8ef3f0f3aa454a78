// Package graph answers GraphQL operations from the store. Each type of the schema has one file,
// with one method for each field that is not a column.
package graph

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/slots"
)

// A Resolver resolves the fields of the schema.
type Resolver struct {
	Store *db.Store
	// DefaultPage is the number of items of a page if the operation sets neither first nor last, and
	// NestedPage that of a connection inside another one. MaxPage is the largest value of first and last.
	DefaultPage, NestedPage, MaxPage int
	// Blobs stores uploaded bundles. Bundles bounds the cost of reading a bundle.
	Blobs         blob.Store
	Bundles       bundle.Limits
	checks        *slots.Slots // for checking bundles
	resolverSlots *resolverSlots
	// figureArguments decode the arguments of fields of figures, such as NumberStats.percentiles.
	figureArguments map[string]figureDecoder
	// Jobs is the queue of background jobs. Without it, changes that need a job are unavailable.
	Jobs Jobs
	// States asks Canvas for the states of people. Without it, they are unavailable.
	States CanvasStates
	// Now is the clock.
	Now func() time.Time
}

var _ exec.ResolverRoot = (*Resolver)(nil)

type (
	queryResolver      struct{ *Resolver }
	viewerResolver     struct{ *Resolver }
	accountResolver    struct{ *Resolver }
	courseResolver     struct{ *Resolver }
	sectionResolver    struct{ *Resolver }
	assignmentResolver struct{ *Resolver }
	resultResolver     struct{ *Resolver }
	stepResolver       struct{ *Resolver }
	userResolver       struct{ *Resolver }
	bundleResolver     struct{ *Resolver }
	mutationResolver   struct{ *Resolver }
	uploadResolver     struct{ *Resolver }
	outcomeResolver    struct{ *Resolver }
	jobResolver        struct{ *Resolver }
)

// Query and the next methods return the resolvers of the types that queries read.
func (r *Resolver) Query() exec.QueryResolver           { return queryResolver{r} }
func (r *Resolver) Viewer() exec.ViewerResolver         { return viewerResolver{r} }
func (r *Resolver) Account() exec.AccountResolver       { return accountResolver{r} }
func (r *Resolver) Course() exec.CourseResolver         { return courseResolver{r} }
func (r *Resolver) Section() exec.SectionResolver       { return sectionResolver{r} }
func (r *Resolver) Assignment() exec.AssignmentResolver { return assignmentResolver{r} }
func (r *Resolver) Result() exec.ResultResolver         { return resultResolver{r} }
func (r *Resolver) Step() exec.StepResolver             { return stepResolver{r} }
func (r *Resolver) User() exec.UserResolver             { return userResolver{r} }
func (r *Resolver) Bundle() exec.BundleResolver         { return bundleResolver{r} }

// Mutation and the next methods return the resolvers of mutations, and of score uploads and jobs.
func (r *Resolver) Mutation() exec.MutationResolver         { return mutationResolver{r} }
func (r *Resolver) ScoreUpload() exec.ScoreUploadResolver   { return uploadResolver{r} }
func (r *Resolver) ScoreOutcome() exec.ScoreOutcomeResolver { return outcomeResolver{r} }
func (r *Resolver) Job() exec.JobResolver                   { return jobResolver{r} }

// scopeOf returns the scope of the caller: the rows that are visible to the caller.
func scopeOf(ctx context.Context) query.Scope { return query.ScopeOf(access.FromContext(ctx)) }

type dbKey struct{}

// withDB returns a context in which operations read from db, which can be a snapshot.
func withDB(ctx context.Context, db *query.DB) context.Context {
	return context.WithValue(ctx, dbKey{}, db)
}

// hasDB reports whether ctx comes from withDB.
func hasDB(ctx context.Context) bool { return ctx.Value(dbKey{}) != nil }

// db returns the database from which an operation reads: the snapshot of the operation if it has one,
// and otherwise the store.
func (r *Resolver) db(ctx context.Context) *query.DB {
	if db, ok := ctx.Value(dbKey{}).(*query.DB); ok {
		return db
	}
	return r.Store.DB()
}
