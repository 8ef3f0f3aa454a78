package change

import (
	"context"
	"fmt"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
)

// A Configuration is a change of an assignment. Nil fields do not change.
type Configuration struct {
	Published, Paused *bool
	// Recipe and Config describe files in the blob store by name, format, size and SHA-256. Their
	// other fields are ignored.
	Recipe, Config *db.Bundle
	// IfVersion is the Assignment.Version that the change requires; nil requires none.
	IfVersion *string
}

// Configure updates only the columns of non-nil fields, so that concurrent changes of different
// columns do not undo each other. A recipe or config that differs from the current one creates a
// revision. The first recipe queues the paused results, and queues the results that are already
// queued again, unless the assignment is paused (Momotor LTI manual). Configure returns these
// results. It fails with fault.Outdated when the version of the assignment is not IfVersion.
func (t *Tx) Configure(ctx context.Context, k db.AssignmentKey, conf Configuration) (queued []QueuedRun, err error) {
	assignment, err := t.lockAssignment(ctx, k)
	if err != nil {
		return nil, err
	}
	if conf.IfVersion != nil && *conf.IfVersion != db.AssignmentVersion(assignment) {
		return nil, fault.Outdated
	}
	first, err := t.addRevision(ctx, assignment, conf.Recipe, conf.Config)
	if err != nil {
		return nil, err
	}
	if err := t.setFlags(ctx, assignment, conf); err != nil || !first || assignment.Paused {
		return nil, err
	}
	waiting := evaluateWaiting
	return t.queueResults(ctx, assignment, Evaluation{Scope: &waiting})
}

// setFlags updates the flags that change, in the database and in assignment.
func (t *Tx) setFlags(ctx context.Context, assignment *db.Assignment, conf Configuration) error {
	q := t.tx.NewUpdate().Model(assignment).WherePK()
	changed := false
	for _, f := range []struct {
		column      string
		to, current *bool
	}{{"published", conf.Published, &assignment.Published}, {"paused", conf.Paused, &assignment.Paused}} {
		if f.to != nil && *f.to != *f.current {
			*f.current, changed = *f.to, true
			q.Column(f.column)
		}
	}
	if !changed {
		return nil
	}
	if _, err := q.Exec(ctx); err != nil {
		return fmt.Errorf("configure assignment %d: %w", assignment.MomotorID, err)
	}
	return nil
}

// addRevision creates the next revision of an assignment if a file differs from the current one.
// It reports whether the assignment gets its first recipe.
func (t *Tx) addRevision(ctx context.Context, assignment *db.Assignment, recipe, config *db.Bundle) (first bool, err error) {
	current, err := db.CurrentRevision(ctx, t.tx, assignment)
	if err != nil {
		return false, err
	}
	next := &db.Revision{
		CourseID: assignment.CourseID, AssignmentID: assignment.MomotorID, Number: current.Number + 1, CreatedAt: t.now,
		RecipeID: current.RecipeID, ConfigID: current.ConfigID,
	}
	first = next.RecipeID == nil && recipe != nil
	newRecipe, err := t.replaceBundle(ctx, assignment, &next.RecipeID, recipe, db.BundleRecipe)
	if err != nil {
		return false, err
	}
	newConfig, err := t.replaceBundle(ctx, assignment, &next.ConfigID, config, db.BundleConfig)
	if err != nil || !newRecipe && !newConfig {
		return false, err
	}
	if _, err := t.tx.NewInsert().Model(next).Exec(ctx); err != nil {
		return false, fmt.Errorf("insert revision %d of assignment %d: %w", next.Number, assignment.MomotorID, err)
	}
	assignment.Revision = &next.Number
	_, err = t.tx.NewUpdate().Model(assignment).Column("revision").WherePK().Exec(ctx)
	return first, err
}

// replaceBundle inserts the bundle b and stores its id in *bundleID, unless b is nil or *bundleID is
// the id of a bundle with the same file. It reports whether it inserted b.
func (t *Tx) replaceBundle(ctx context.Context, assignment *db.Assignment, bundleID **int64, b *db.Bundle, kind db.BundleKind) (inserted bool, err error) {
	if b == nil {
		return false, nil
	}
	if *bundleID != nil {
		var old db.Bundle
		if err := t.tx.NewSelect().Model(&old).Where("course_id = ? AND id = ?", assignment.CourseID, **bundleID).Scan(ctx); err != nil {
			return false, fmt.Errorf("read the bundle %d: %w", **bundleID, err)
		}
		if old.SameFile(b) {
			return false, nil
		}
	}
	id, err := t.store.ReserveIDs(ctx, t.tx, 1)
	if err != nil {
		return false, err
	}
	b.CourseID, b.MomotorID, b.Kind, b.CreatedAt = assignment.CourseID, id, kind, t.now
	*bundleID = &id
	_, err = t.tx.NewInsert().Model(b).Exec(ctx)
	return true, err
}
