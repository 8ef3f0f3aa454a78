package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
)

var (
	uploadSection    = relation[db.ScoreUpload, db.Section, noArguments]{edge: &db.UploadSection, key: key("course_id", "id")}
	uploadAssignment = relation[db.ScoreUpload, db.Assignment, noArguments]{edge: &db.AssignmentByID, key: key("course_id", "assignment_id")}
	uploadOutcomes   = relation[db.ScoreUpload, db.ScoreOutcome, pageArgs]{edge: &db.UploadOutcomes, key: key("course_id", "id")}
	outcomeUser      = relation[db.ScoreOutcome, db.User, noArguments]{edge: &db.ResultUser, key: key("course_id", "user_id")}
)

func (r uploadResolver) Section(ctx context.Context, uploads []*db.ScoreUpload) ([]*db.Section, error) {
	return loadOne(ctx, r.Resolver, uploads, uploadSection, noArguments{})
}

func (r uploadResolver) Assignment(ctx context.Context, uploads []*db.ScoreUpload) ([]*db.Assignment, error) {
	return loadOne(ctx, r.Resolver, uploads, uploadAssignment, noArguments{})
}

func (r uploadResolver) Outcomes(ctx context.Context, uploads []*db.ScoreUpload, first *int, after *string, last *int, before *string) ([]*db.ScoreOutcomeConnection, error) {
	return loadPages(ctx, r.Resolver, uploads, uploadOutcomes, pageArgs{first, last, after, before})
}

func (r outcomeResolver) User(ctx context.Context, outcomes []*db.ScoreOutcome) ([]*db.User, error) {
	return loadOne(ctx, r.Resolver, outcomes, outcomeUser, noArguments{})
}
