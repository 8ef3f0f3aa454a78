package change

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
)

// A UploadRequest says which scores of an assignment to send to Canvas.
type UploadRequest struct {
	Passed, Failed, ReplaceExisting bool
	// Section is the Canvas id of the section whose students' scores are sent; nil is all.
	Section *int64
}

// StartUpload notes that scores are to be sent, and returns the upload with fresh = true.
// One of the same kind that waits already will do: then it is that one, and nothing is
// to be done about it. It fails with fault.BadInput for a section that the course does
// not have, and with fault.Unavailable when the account's Canvas is not set up or did
// not answer last time.
func (c *Tx) StartUpload(ctx context.Context, k db.AssignmentKey, order UploadRequest) (x *db.ScoreUpload, fresh bool, err error) {
	if err := c.requireCanvas(ctx, k.CourseID); err != nil {
		return nil, false, err
	}
	x = &db.ScoreUpload{
		CourseID: k.CourseID, AssignmentID: k.ID, State: db.UploadWaiting, CreatedAt: c.now,
		Passed: order.Passed, Failed: order.Failed, ReplaceExisting: order.ReplaceExisting,
	}
	if order.Section != nil {
		if x.SectionID, err = c.sectionID(ctx, k.CourseID, *order.Section); err != nil {
			return nil, false, err
		}
	}
	if x.MomotorID, err = db.Reserve(ctx, c.tx, db.IDCounter, 1); err != nil {
		return nil, false, err
	}
	// The one that waits may begin between the two statements: then there is room again.
	for range 3 {
		res, err := c.tx.NewInsert().Model(x).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx)
		if err != nil {
			return nil, false, fmt.Errorf("start an upload for assignment %d: %w", k.ID, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return x, true, err
		}
		if old, err := c.findWaiting(ctx, x); err != nil || old != nil {
			return old, false, err
		}
	}
	return nil, false, fault.Unavailable
}

// findWaiting returns the upload of the same kind that waits, nil without one.
func (c *Tx) findWaiting(ctx context.Context, x *db.ScoreUpload) (*db.ScoreUpload, error) {
	old := &db.ScoreUpload{}
	err := c.tx.NewSelect().Model(old).Where("course_id = ? AND assignment_id = ? AND state = ?", x.CourseID, x.AssignmentID, db.UploadWaiting).
		Where("passed = ? AND failed = ? AND replace_existing = ?", x.Passed, x.Failed, x.ReplaceExisting).
		Where("coalesce(section_id, 0) = coalesce(?, 0)", x.SectionID).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the upload that waits for assignment %d: %w", x.AssignmentID, err)
	}
	return old, nil
}

// sectionID returns the id of a course's section.
func (c *Tx) sectionID(ctx context.Context, course, canvasID int64) (*int64, error) {
	var id int64
	err := c.tx.NewSelect().Table("section").Column("id").Where("course_id = ? AND canvas_id = ?", course, canvasID).Scan(ctx, &id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		const message = "The course has no such section."
		return nil, &fault.Error{Kind: fault.BadInput, Message: message, Fields: map[string][]string{"sectionCanvasId": {message}}}
	case err != nil:
		return nil, fmt.Errorf("read the section %d: %w", canvasID, err)
	}
	return &id, nil
}

// requireCanvas fails with fault.Unavailable when a course's Canvas can not be written to.
func (c *Tx) requireCanvas(ctx context.Context, course int64) error {
	var readonly, known bool
	var failure *string
	err := c.tx.NewSelect().TableExpr("course AS crs").Join("LEFT JOIN canvas_access AS cva ON cva.account_id = crs.account_id").
		ColumnExpr("crs.readonly, cva.account_id IS NOT NULL AS known, cva.failure").Where("crs.id = ?", course).
		Scan(ctx, &readonly, &known, &failure)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.NotFound
	case err != nil:
		return fmt.Errorf("read the access to the Canvas of course %d: %w", course, err)
	case readonly:
		return fault.New(fault.Unavailable, "Unable to process request: the course is read-only.")
	case !known:
		return fault.New(fault.Unavailable, "Unable to process request: the account's Canvas is not set up.")
	case failure != nil:
		return fault.New(fault.Unavailable, "Unable to process request: the last connection to the account's Canvas failed.")
	}
	return nil
}
