package db

import (
	"context"
	"fmt"

	"github.com/momotor/resultgraph/internal/fault"
)

// A Configuration is what to change of an assignment; what is nil stays as it is.
type Configuration struct {
	Published, Paused *bool
	// Recipe and Config are files that lie in the blob store already, of which the name,
	// format, size and SHA-256 are read.
	Recipe, Config *Bundle
	// IfVersion is the Assignment.Version that the change is meant for.
	IfVersion *string
}

// Configure changes the columns that are named and no others, so that two who change
// different ones do not undo each other. A recipe or config that is not the current one
// makes the next revision. It returns the results to be processed: with the first recipe
// those that waited for it, unless the assignment is paused (Momotor LTI manual). It fails
// with fault.Outdated when the assignment is not of the version that it has to be.
func (c *Changing) Configure(ctx context.Context, k AssignmentKey, conf Configuration) (queued []Queued, err error) {
	g, err := c.hold(ctx, k)
	if err != nil {
		return nil, err
	}
	if conf.IfVersion != nil && *conf.IfVersion != versionOf(g) {
		return nil, fault.Outdated
	}
	first, err := c.revise(ctx, g, conf.Recipe, conf.Config)
	if err != nil {
		return nil, err
	}
	if err := c.set(ctx, g, conf); err != nil || !first || g.Paused {
		return nil, err
	}
	waiting := evaluateWaiting
	return c.queue(ctx, g, Evaluation{Scope: &waiting})
}

// set writes the columns that are to change, into g as well.
func (c *Changing) set(ctx context.Context, g *Assignment, conf Configuration) error {
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

// revise makes the next revision of an assignment when a file is not the current one. It
// tells whether the assignment has its first recipe with that.
func (c *Changing) revise(ctx context.Context, g *Assignment, recipe, config *Bundle) (first bool, err error) {
	current, err := currentRevision(ctx, c.tx, g)
	if err != nil {
		return false, err
	}
	next := &Revision{CourseID: g.CourseID, AssignmentID: g.MomotorID, Number: 1, CreatedAt: c.now}
	if current != nil {
		next.RecipeID, next.ConfigID, next.Number = current.RecipeID, current.ConfigID, current.Number+1
	}
	first = next.RecipeID == nil && recipe != nil
	newRecipe, err := c.replace(ctx, g, &next.RecipeID, recipe, BundleRecipe)
	if err != nil {
		return false, err
	}
	newConfig, err := c.replace(ctx, g, &next.ConfigID, config, BundleConfig)
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

// replace puts a file in the place of another, unless it is the same.
func (c *Changing) replace(ctx context.Context, g *Assignment, at **int64, b *Bundle, kind BundleKind) (bool, error) {
	if b == nil {
		return false, nil
	}
	if *at != nil {
		var old Bundle
		if err := c.tx.NewSelect().Model(&old).Where("course_id = ? AND id = ?", g.CourseID, **at).Scan(ctx); err != nil {
			return false, fmt.Errorf("read the bundle %d: %w", **at, err)
		}
		if old.SameFile(b) {
			return false, nil
		}
	}
	id, err := take(ctx, c.tx, counterID, 1)
	if err != nil {
		return false, err
	}
	b.CourseID, b.MomotorID, b.Kind, b.CreatedAt = g.CourseID, id, kind, c.now
	*at = &id
	_, err = c.tx.NewInsert().Model(b).Exec(ctx)
	return true, err
}
