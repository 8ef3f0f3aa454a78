package graph

import (
	"context"
	"encoding/json"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

var errNotReviewer = fault.New(fault.Forbidden, "Only teachers and teaching assistants of a course have preferences there.")

// Preferences resolves Viewer.preferences.
func (r viewerResolver) Preferences(ctx context.Context, viewers []*db.Viewer, ref exec.CourseReference) ([]json.RawMessage, error) {
	value, err := r.preferences(ctx, ref)
	if err != nil {
		return nil, err
	}
	return repeat(value, len(viewers)), nil
}

// preferences returns the preferences of the caller in the referenced course.
func (r *Resolver) preferences(ctx context.Context, ref exec.CourseReference) (json.RawMessage, error) {
	member, _, err := r.findMember(ctx, ref)
	if err != nil {
		return nil, err
	}
	if !access.FromContext(ctx).HasRole(member.CourseID, access.Reviewer) {
		return nil, errNotReviewer
	}
	rows, err := db.CoursePreferences.Load(ctx, r.db(ctx), scopeOf(ctx), []query.Key{{member.CourseID}}, query.Params{})
	if err != nil {
		return nil, err
	}
	if len(rows[0]) == 0 {
		return json.RawMessage("{}"), nil
	}
	return rows[0][0].Value, nil
}

// SetPreferences resolves Mutation.setPreferences.
func (r mutationResolver) SetPreferences(ctx context.Context, ref exec.CourseReference, value json.RawMessage) (*exec.SetPreferencesPayload, error) {
	member, _, err := r.findMember(ctx, ref)
	if err != nil {
		return nil, err
	}
	if err := requireRole(ctx, member.CourseID); err != nil {
		return nil, err
	}
	err = r.change(ctx, func(ctx context.Context, c *change.Tx) error { return c.SetPreferences(ctx, member, value) })
	if err != nil {
		return nil, err
	}
	return &exec.SetPreferencesPayload{Value: value}, nil
}

// repeat returns n copies of a value.
func repeat[T any](value T, n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = value
	}
	return out
}
