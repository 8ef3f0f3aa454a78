package graph

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/graph/scalar"
)

// newFastPath wraps the resolvers' schema in one that answers what it can from compiled plans.
func newFastPath(es graphql.ExecutableSchema, r *Resolver, cache *queryCache) *fastpath.Schema {
	return fastpath.New(es, fastpath.Config{
		Store: r.Store, Scope: scopeOf, Relations: fastRelations(r, es.Schema()), Computed: computedFields(), Plans: cache.plans,
	})
}

// relations are the fields that lead to rows, by type and field.
var relations = map[string]interface {
	forFastPath(r *Resolver, s *ast.Schema, field *ast.FieldDefinition) fastpath.Relation
}{
	"Query.accounts":     queryAccounts,
	"Query.account":      queryAccount,
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
	"Assignment.recipe":  assignmentRecipe,
	"Assignment.config":  assignmentConfig,
	"Assignment.course":  assignmentCourse,
	"Assignment.results": assignmentResults,
	"Assignment.result":  assignmentResult,
	"Assignment.uploads": assignmentUploads,
	"Result.user":        resultUser,
	"Result.group":       resultGroup,
	"Result.assignment":  resultAssignment,
	"Result.attempts":    resultAttempts,
	"Result.steps":       resultSteps,
	"Result.step":        resultStep,
	"Result.bundles":     resultBundles,
	"Step.result":        stepResult,
	"User.course":        userCourse,
	"User.results":       userResults,

	"ScoreUpload.section":    uploadSection,
	"ScoreUpload.assignment": uploadAssignment,
	"ScoreUpload.outcomes":   uploadOutcomes,
	"ScoreOutcome.user":      outcomeUser,

	"Job.result":     jobResult,
	"Job.assignment": jobAssignment,
	"Job.upload":     jobUpload,
}

// fastRelations returns the relations in the form of the fast path.
func fastRelations(r *Resolver, s *ast.Schema) map[string]fastpath.Relation {
	out := make(map[string]fastpath.Relation, len(relations))
	for name, rel := range relations {
		typ, field, _ := strings.Cut(name, ".")
		out[name] = rel.forFastPath(r, s, s.Types[typ].Fields.ForName(field))
	}
	return out
}

// forFastPath returns the relation in the form of the fast path, which has arguments by name.
func (rel relation[P, C, A]) forFastPath(r *Resolver, s *ast.Schema, field *ast.FieldDefinition) fastpath.Relation {
	read := structDecoder(s, field.Arguments, reflect.TypeFor[A]())
	return fastpath.Relation{Link: rel.edge, Key: rel.key, Params: func(ctx context.Context, args map[string]any) (query.Params, error) {
		var a A
		if err := read(args, reflect.ValueOf(&a).Elem()); err != nil {
			return query.Params{}, err
		}
		return rel.params(ctx, r, a)
	}}
}

// computedFields returns the fields that are computed from columns, by type and field.
func computedFields() map[string]fastpath.Computed {
	all := map[string]fastpath.Computed{
		"Bundle.mediaType": {Columns: []string{"format"}, Append: func(_ context.Context, b []byte, cells [][]byte) ([]byte, error) {
			return appendText(b, (&db.Bundle{Format: db.BundleFormat(cells[0])}).MediaType())
		}},
		"Bundle.purged": {Columns: []string{"sha256"}, Append: func(_ context.Context, b []byte, cells [][]byte) ([]byte, error) {
			return strconv.AppendBool(b, cells[0] == nil), nil
		}},
		"Bundle.url": {Columns: append([]string{"name"}, db.NodeKeys["Bundle"]...), Append: func(ctx context.Context, b []byte, cells [][]byte) ([]byte, error) {
			id, err := nodeID("Bundle", cells[1:])
			return appendText(b, bundleURL(ctx, id, string(cells[0])), err)
		}},
	}
	for typ, columns := range db.NodeKeys {
		all[typ+".id"] = fastpath.Computed{Columns: columns, Append: func(_ context.Context, b []byte, cells [][]byte) ([]byte, error) {
			id, err := nodeID(typ, cells)
			return appendText(b, id, err)
		}}
	}
	return all
}

func appendText(b []byte, text string, err ...error) ([]byte, error) {
	return scalar.AppendString(b, text), errors.Join(err...)
}

// nodeID is the global id of a row, from the cells of its key.
func nodeID(typ string, cells [][]byte) (string, error) {
	id := db.NodeID{Type: typ}
	for i := range db.NodeKeys[typ] {
		n, err := strconv.ParseInt(string(cells[i]), 10, 64)
		if err != nil {
			return "", err
		}
		id.Key[i] = n
	}
	return id.String(), nil
}
