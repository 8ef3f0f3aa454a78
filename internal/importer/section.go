package importer

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
)

func sectionType() *itemType[db.Section, canvasKey] {
	return &itemType[db.Section, canvasKey]{
		name: typeSection, batchSize: 500, read: (*batchReader).readSection,
		key:   func(z *db.Section) canvasKey { return canvasKey{z.AccountID, z.CanvasID} },
		write: (*run).writeSections,
	}
}

func (r *run) writeSections(ctx context.Context, rows []*db.Section) ([]ingest.Change, error) {
	return ingest.UpsertSections(ctx, r.Store, rows)
}

func (rd *batchReader) readSection(ctx context.Context, o *object) (z db.Section, err error) {
	c := readCourseRef(o)
	z = db.Section{
		CanvasID: required(o, "canvas_id", parseCanvasID),
		Name:     required(o, "name", parseName),
	}
	z.MomotorID = exportedID(o)
	if err := o.validate(rd.Lenient); err != nil {
		return z, err
	}
	z.CourseID, z.AccountID, err = rd.ids.course(ctx, c)
	return z, err
}
