package graph

import (
	"context"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
)

// slowFields are the fields of queries that only the resolvers answer. The keys have the form
// Type.field, and the values are the reasons. The fields of the types below them are slow too. Mutations
// are not listed, because the fast path answers only queries.
var slowFields = map[string]string{
	"Query.__schema": "Introspection describes the schema and reads no rows.",
	"Query.__type":   "Introspection describes the schema and reads no rows.",

	"Viewer.preferences": "It is one small row, and an error for callers who have none.",
	"Viewer.state":       "It comes from Canvas, not from a query.",
}

// relations are the fields whose values are made of rows. The keys have the form Type.field.
var relations = map[string]interface {
	keyColumns() []string
	forFastPath(r *Resolver, s *ast.Schema, field *ast.FieldDefinition) fastpath.Relation
}{
	"Query.viewer":       viewerObject,
	"Query.accounts":     queryAccounts,
	"Query.account":      queryAccount,
	"Viewer.courses":     viewerCourses,
	"Account.courses":    accountCourses,
	"Account.course":     accountCourse,
	"Course.account":     courseAccount,
	"Course.sections":    courseSections,
	"Course.users":       courseUsers,
	"Course.user":        courseUser,
	"Course.assignments": courseAssignments,
	"Course.assignment":  courseAssignment,
	"Course.results":     courseResults,
	"Course.jobs":        courseJobs,
	"Section.course":     sectionCourse,
	"Section.users":      sectionUsers,
	"Section.results":    sectionResults,
	"Assignment.recipe":  assignmentRecipe,
	"Assignment.config":  assignmentConfig,
	"Assignment.course":  assignmentCourse,
	"Assignment.results": assignmentResults,
	"Assignment.result":  assignmentResult,
	"Assignment.uploads": assignmentUploads,

	"Assignment.itemAnalysis":      assignmentItemAnalysis,
	"Assignment.attemptsUntilPass": assignmentAttemptsUntilPass,
	"Assignment.transitions":       assignmentTransitions,

	"Result.user":       resultUser,
	"Result.group":      resultGroup,
	"Result.assignment": resultAssignment,
	"Result.attempts":   resultAttempts,
	"Result.steps":      resultSteps,
	"Result.stepGroups": resultStepGroups,
	"Result.step":       resultStep,
	"Result.bundle":     resultBundle,
	"Result.bundles":    resultBundles,
	"Step.result":       stepResult,
	"User.course":       userCourse,
	"User.results":      userResults,

	"StepStats.assignment":           stepStatsAssignment,
	"ResultGroupKeyValue.assignment": groupAssignment,
	"ResultGroupKeyValue.section":    groupSection,
	"ResultGroupKeyValue.user":       groupUser,

	"ScoreUpload.section":    uploadSection,
	"ScoreUpload.assignment": uploadAssignment,
	"ScoreUpload.outcomes":   uploadOutcomes,
	"ScoreOutcome.user":      outcomeUser,

	"Job.result":     jobResult,
	"Job.assignment": jobAssignment,
	"Job.upload":     jobUpload,
}

// newFastPath returns a schema that wraps es and answers queries by the fast path if possible. It calls
// checkSpace as fastpath.Config says.
func newFastPath(es graphql.ExecutableSchema, r *Resolver, serverConf Config, checkSpace func(context.Context) error) *fastpath.Schema {
	conf := fastpath.Config{
		DB: r.Store.DB(), WithDB: withDB, Scope: scopeOf, Admit: r.admit, Confirm: access.Confirm, CheckSpace: checkSpace,
		AcquireResolverSlot: r.resolverSlots.acquire, PresentError: errorPresenter(serverConf.Log), Recover: panicRecoverer(serverConf.Log),
		Relations: map[string]fastpath.Relation{}, Lookups: map[string]fastpath.Lookup{}, Computed: map[string]fastpath.Computed{},
		Figures: map[string]fastpath.Figure{},
	}
	for name, rel := range relations {
		conf.Relations[name] = rel.forFastPath(r, es.Schema(), fieldNamed(es.Schema(), name))
	}
	for _, name := range serverConf.slow {
		delete(conf.Relations, name)
	}
	for name, lookup := range lookups {
		conf.Lookups[name] = lookup(es.Schema(), fieldNamed(es.Schema(), name))
	}
	for name, computed := range computedFields {
		conf.Computed[name] = computed.forFastPath(r.Store.DB())
	}
	for name, f := range figures {
		conf.Figures[name] = f.forFastPath(r, es.Schema(), fieldNamed(es.Schema(), name))
	}
	return fastpath.New(es, conf)
}

// fieldNamed returns the definition of a field. The name has the form Type.field.
func fieldNamed(s *ast.Schema, name string) *ast.FieldDefinition {
	typeName, field, _ := strings.Cut(name, ".")
	return s.Types[typeName].Fields.ForName(field)
}

// forFastPath returns the relation for the fast path, which has the arguments in a map.
func (rel relation[P, C, A]) forFastPath(r *Resolver, s *ast.Schema, field *ast.FieldDefinition) fastpath.Relation {
	decode := argumentsDecoder[A](s, field)
	return fastpath.Relation{Edge: rel.edge, Key: rel.key, GroupBy: rel.groupBy, Params: func(ctx context.Context, args map[string]any, nested bool) (query.Params, error) {
		a, err := decode(args)
		if err != nil {
			return query.Params{}, err
		}
		return rel.params(withNested(ctx, nested), r, a)
	}}
}

// argumentsDecoder returns a function that decodes the arguments of a field into the struct A.
func argumentsDecoder[A any](s *ast.Schema, field *ast.FieldDefinition) func(map[string]any) (A, error) {
	decode := structDecoder(s, field.Arguments, reflect.TypeFor[A]())
	return func(args map[string]any) (a A, err error) {
		return a, decode(args, reflect.ValueOf(&a).Elem())
	}
}

// admit implements fastpath.Config.Admit. The rights of a remembered caller are in the context together
// with the guard that confirms them.
func (r *Resolver) admit(ctx context.Context) (context.Context, []query.Guard) {
	caller := access.AuthenticationOf(ctx)
	p := caller.Remembered()
	if p == nil {
		return ctx, nil
	}
	return access.WithPrincipal(ctx, p), []query.Guard{r.Store.KeyGuard(p.Prefix, caller.Check)}
}
