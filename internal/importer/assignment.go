package importer

import (
	"context"
	"errors"
	"math"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/bundle"
)

// An assignmentItem is an assignment with its configuration; the bundles may be nil.
type assignmentItem struct {
	assignment     db.Assignment
	recipe, config *db.Bundle
}

func assignmentType() *itemType[assignmentItem, canvasKey] {
	return &itemType[assignmentItem, canvasKey]{
		name: typeAssignment, batchSize: 100, read: (*batchReader).readAssignment,
		key:      func(c *assignmentItem) canvasKey { return canvasKey{c.assignment.CourseID, c.assignment.CanvasID} },
		oneByOne: true, write: (*run).writeAssignment,
	}
}

func (r *run) writeAssignment(ctx context.Context, rows []*assignmentItem) ([]ingest.Change, error) {
	c := rows[0]
	if r.export != "" {
		return ingest.RestoreAssignments(ctx, r.Store, []*db.Assignment{&c.assignment})
	}
	change, err := ingest.UpsertAssignment(ctx, r.Store, &c.assignment, c.recipe, c.config, r.Now())
	return []ingest.Change{change}, err
}

// parsePoints parses a number that is not negative.
func parsePoints(v []byte) (float64, error) {
	n, err := parseNumber(v)
	if err == nil && n < 0 {
		err = errors.New("must not be negative")
	}
	return n, err
}

func parsePosition(v []byte) (int, error) {
	n, err := parseInteger(math.MaxInt32)(v)
	return int(n), err
}

func (rd *batchReader) readAssignment(ctx context.Context, o *object) (c assignmentItem, err error) {
	ref := readCourseRef(o)
	c.assignment = db.Assignment{
		CanvasID:  required(o, "canvas_id", parseCanvasID),
		Name:      required(o, "name", parseName),
		Active:    required(o, "active", parseBool),
		Published: required(o, "published", parseBool),
		Paused:    required(o, "paused", parseBool),

		DueAt:          optional(o, "due_at", o.time()),
		UnlockAt:       optional(o, "unlock_at", o.time()),
		LockAt:         optional(o, "lock_at", o.time()),
		PointsPossible: optional(o, "points_possible", parsePoints),
		GradingType: optional(o, "grading_type", parseEnum(db.GradingPoints, db.GradingPercent, db.GradingLetterGrade,
			db.GradingGPAScale, db.GradingPassFail, db.GradingNotGraded)),
		Position: optional(o, "position", ifExport(o, parseStoredPosition, parsePosition)),
	}
	recipe, config := optional(o, "recipe", parseFilePath), optional(o, "config", parseFilePath)
	readExportedAssignment(o, &c.assignment)
	if err := o.validate(rd.Lenient); err != nil {
		return c, err
	}
	if c.assignment.CourseID, _, err = rd.ids.course(ctx, ref); err != nil {
		return c, err
	}
	sources, done, err := rd.openBundles(ctx, bundleRef{recipe, bundle.KindRecipe}, bundleRef{config, bundle.KindConfig})
	if err != nil {
		return c, err
	}
	defer done()
	if c.recipe, err = rd.storeBundle(ctx, sources[0], db.BundleRecipe); err != nil {
		return c, err
	}
	c.config, err = rd.storeBundle(ctx, sources[1], db.BundleConfig)
	return c, err
}
