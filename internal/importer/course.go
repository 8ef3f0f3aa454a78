package importer

import (
	"context"
	"fmt"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
)

// canvasKey is a Canvas id and the id of the account or course in which it is unique.
type canvasKey struct{ parent, canvasID int64 }

func courseType() *itemType[db.Course, canvasKey] {
	return &itemType[db.Course, canvasKey]{
		name: typeCourse, batchSize: 500, read: (*batchReader).readCourse,
		key:   func(c *db.Course) canvasKey { return canvasKey{c.AccountID, c.CanvasID} },
		write: (*run).writeCourses,
	}
}

func (r *run) writeCourses(ctx context.Context, rows []*db.Course) ([]ingest.Change, error) {
	return ingest.UpsertCourses(ctx, r.Store, rows)
}

func (rd *batchReader) readCourse(ctx context.Context, o *object) (c db.Course, err error) {
	account := required(o, "account", parseKey)
	c = db.Course{
		CanvasID: required(o, "canvas_id", parseCanvasID),
		Code:     required(o, "code", parseName),
		Name:     required(o, "name", parseName),
		Active:   required(o, "active", parseBool),
		Valid:    required(o, "valid", parseBool),
		ReadOnly: required(o, "readonly", parseBool),
	}
	c.MomotorID = exportedID(o)
	if err := o.validate(rd.Lenient); err != nil {
		return c, err
	}
	c.AccountID, err = rd.ids.account(ctx, account)
	return c, err
}

// A courseRef is a reference to a course: the GUID of its account and its Canvas id.
type courseRef struct {
	account string
	course  int64
}

func (c courseRef) String() string {
	return fmt.Sprintf("course %d of account %s", c.course, c.account)
}

// readCourseRef reads the fields that refer to the course of a line.
func readCourseRef(o *object) courseRef {
	return courseRef{account: required(o, "account", parseKey), course: required(o, "course", parseCanvasID)}
}
