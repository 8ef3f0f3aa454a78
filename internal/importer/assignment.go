package importer

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/bundle"
)

// A configured is an assignment with its configuration; nil means none.
type configured struct {
	assignment     db.Assignment
	recipe, config *db.Bundle
}

func assignments() *kind[configured, canvasKey] {
	return &kind[configured, canvasKey]{
		typ: typeAssignment, batch: 100, read: (*reading).assignment,
		key:    func(c *configured) canvasKey { return canvasKey{c.assignment.CourseID, c.assignment.CanvasID} },
		single: true, put: (*run).putAssignment,
	}
}

func (r *run) putAssignment(ctx context.Context, rows []*configured) ([]ingest.Change, error) {
	c := rows[0]
	change, err := ingest.UpsertAssignment(ctx, r.Store, &c.assignment, c.recipe, c.config, r.Now())
	return []ingest.Change{change}, err
}

func (rd *reading) assignment(ctx context.Context, o *object) (c configured, err error) {
	ref := readCourseRef(o)
	c.assignment = db.Assignment{
		CanvasID:  required(o, "canvas_id", canvasID),
		Name:      required(o, "name", text),
		Active:    required(o, "active", boolean),
		Published: required(o, "published", boolean),
		Paused:    required(o, "paused", boolean),
	}
	recipe, config := optional(o, "recipe", filePath), optional(o, "config", filePath)
	if err := o.err(rd.Lenient); err != nil {
		return c, err
	}
	if c.assignment.CourseID, _, err = rd.names.course(ctx, ref); err != nil {
		return c, err
	}
	sources, done, err := rd.openBundles(wanted{recipe, bundle.KindRecipe}, wanted{config, bundle.KindConfig})
	if err != nil {
		return c, err
	}
	defer done()
	if c.recipe, err = rd.keep(ctx, sources[0], db.BundleRecipe); err != nil {
		return c, err
	}
	c.config, err = rd.keep(ctx, sources[1], db.BundleConfig)
	return c, err
}
