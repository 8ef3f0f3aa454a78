package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
)

var (
	jobResult     = relation[db.Job, db.Result, noArguments]{edge: &db.ResultByID, key: key("course_id", "result_id")}
	jobAssignment = relation[db.Job, db.Assignment, noArguments]{edge: &db.AssignmentByID, key: key("course_id", "assignment_id")}
	jobUpload     = relation[db.Job, db.ScoreUpload, noArguments]{edge: &db.UploadByID, key: key("course_id", "upload_id")}
)

func (r jobResolver) Result(ctx context.Context, jobs []*db.Job) ([]*db.Result, error) {
	return loadOne(ctx, r.Resolver, jobs, jobResult, noArguments{})
}

func (r jobResolver) Assignment(ctx context.Context, jobs []*db.Job) ([]*db.Assignment, error) {
	return loadOne(ctx, r.Resolver, jobs, jobAssignment, noArguments{})
}

func (r jobResolver) Upload(ctx context.Context, jobs []*db.Job) ([]*db.ScoreUpload, error) {
	return loadOne(ctx, r.Resolver, jobs, jobUpload, noArguments{})
}
