package change

import (
	"context"
	"fmt"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
)

// A Configuration is what to change of an assignment; what is nil stays as it is.
type Configuration struct {
	Published, Paused *bool
	// Recipe and Config are files that lie in the blob store already, of which the name,
	// format, size and SHA-256 are read.
	Recipe, Config *db.Bundle
	// IfVersion is the Assignment.Version that the change is meant for.
	IfVersion *string
}

// Configure changes the columns that are named and no others, so that two who change
// different ones do not undo each other. A recipe or config that is not the current one
// makes the next revision. It returns the results to be processed: with the first recipe
// those that waited for it, unless the assignment is paused (Momotor LTI manual). It fails
// with fault.Outdated when the assignment is not of the version that it has to be.
func (c *Tx) Configure(ctx context.Context, k db.AssignmentKey, conf Configuration) (queued []QueuedRun, err error) {
	g, err := c.lockAssignment(ctx, k)
	if err != nil {
		return nil, err
	}
	if conf.IfVersion != nil && *conf.IfVersion != db.AssignmentVersion(g) {
		return nil, fault.Outdated
	}
	first, err := c.addRevision(ctx, g, conf.Recipe, conf.Config)
	if err != nil {
		return nil, err
	}
	if err := c.setFlags(ctx, g, conf); err != nil || !first || g.Paused {
		return nil, err
	}
	waiting := evaluateWaiting
	return c.queueResults(ctx, g, Evaluation{Scope: &waiting})
}

// setFlags writes the columns that are to change, into g as well.
func (c *Tx) setFlags(ctx context.Context, g *db.Assignment, conf Configuration) error {
	q := c.tx.NewUpdate().Model(g).WherePK()
	changed := false
	for _, f := range []struct {
		column string
		to     *bool
		of     *bool
	}{{"published", conf.Published, &g.Published}, {"paused", conf.Paused, &g.Paused}} {
		if f.to != nil && *f.to != *f.of {
			*f.of, changed = *f.to, true
			q.Column(f.column)
		}
	}
	if !changed {
		return nil
	}
	if _, err := q.Exec(ctx); err != nil {
		return fmt.Errorf("configure assignment %d: %w", g.MomotorID, err)
	}
	return nil
}

// addRevision makes the next revision of an assignment when a file is not the current one. It
// tells whether the assignment has its first recipe with that.
func (c *Tx) addRevision(ctx context.Context, g *db.Assignment, recipe, config *db.Bundle) (first bool, err error) {
	current, err := db.CurrentRevision(ctx, c.tx, g)
	if err != nil {
		return false, err
	}
	next := &db.Revision{CourseID: g.CourseID, AssignmentID: g.MomotorID, Number: 1, CreatedAt: c.now}
	if current != nil {
		next.RecipeID, next.ConfigID, next.Number = current.RecipeID, current.ConfigID, current.Number+1
	}
	first = next.RecipeID == nil && recipe != nil
	newRecipe, err := c.replaceBundle(ctx, g, &next.RecipeID, recipe, db.BundleRecipe)
	if err != nil {
		return false, err
	}
	newConfig, err := c.replaceBundle(ctx, g, &next.ConfigID, config, db.BundleConfig)
	if err != nil || !newRecipe && !newConfig {
		return false, err
	}
	if _, err := c.tx.NewInsert().Model(next).Exec(ctx); err != nil {
		return false, fmt.Errorf("make revision %d of assignment %d: %w", next.Number, g.MomotorID, err)
	}
	g.Revision = &next.Number
	_, err = c.tx.NewUpdate().Model(g).Column("revision").WherePK().Exec(ctx)
	return first, err
}

// replaceBundle puts a file in the place of another, unless it is the same.
func (c *Tx) replaceBundle(ctx context.Context, g *db.Assignment, at **int64, b *db.Bundle, kind db.BundleKind) (bool, error) {
	if b == nil {
		return false, nil
	}
	if *at != nil {
		var old db.Bundle
		if err := c.tx.NewSelect().Model(&old).Where("course_id = ? AND id = ?", g.CourseID, **at).Scan(ctx); err != nil {
			return false, fmt.Errorf("read the bundle %d: %w", **at, err)
		}
		if old.SameFile(b) {
			return false, nil
		}
	}
	id, err := db.Reserve(ctx, c.tx, db.IDCounter, 1)
	if err != nil {
		return false, err
	}
	b.CourseID, b.MomotorID, b.Kind, b.CreatedAt = g.CourseID, id, kind, c.now
	*at = &id
	_, err = c.tx.NewInsert().Model(b).Exec(ctx)
	return true, err
}
