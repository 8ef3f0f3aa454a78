package change

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
)

// An UploadRequest selects scores of an assignment to send to Canvas.
type UploadRequest struct {
	// Passed selects the scores of accepted results, and Failed those of rejected results.
	Passed, Failed bool
	// ReplaceExisting is set when the upload may replace existing grades in Canvas.
	ReplaceExisting bool
	// Section is the Canvas id of a section, to send only the scores of its students; nil
	// selects all students.
	Section *int64
}

// StartUpload creates an upload. If an equal upload is waiting already, StartUpload returns the
// waiting upload and sets isNew to false. It fails with fault.BadInput for a section of another
// course, and with fault.Unavailable when the account's Canvas is not set up or the last request to
// it failed.
func (t *Tx) StartUpload(ctx context.Context, k db.AssignmentKey, request UploadRequest) (upload *db.ScoreUpload, isNew bool, err error) {
	if err := t.requireCanvas(ctx, k.CourseID); err != nil {
		return nil, false, err
	}
	upload = &db.ScoreUpload{
		CourseID: k.CourseID, AssignmentID: k.ID, State: db.UploadWaiting, CreatedAt: t.now,
		Passed: request.Passed, Failed: request.Failed, ReplaceExisting: request.ReplaceExisting,
	}
	if request.Section != nil {
		if upload.SectionID, err = t.sectionID(ctx, k.CourseID, *request.Section); err != nil {
			return nil, false, err
		}
	}
	if upload.MomotorID, err = t.store.ReserveIDs(ctx, t.tx, 1); err != nil {
		return nil, false, err
	}
	// The equal upload may start between the two statements. Then the next insert succeeds.
	for range 3 {
		res, err := t.tx.NewInsert().Model(upload).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx)
		if err != nil {
			return nil, false, fmt.Errorf("start an upload for assignment %d: %w", k.ID, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return upload, true, err
		}
		old, err := t.findWaiting(ctx, upload)
		if !errors.Is(err, fault.NotFound) {
			return old, false, err
		}
	}
	return nil, false, fault.Unavailable
}

// findWaiting returns the waiting upload that equals upload. It fails with fault.NotFound if
// no such upload exists.
func (t *Tx) findWaiting(ctx context.Context, upload *db.ScoreUpload) (*db.ScoreUpload, error) {
	old := &db.ScoreUpload{}
	err := t.tx.NewSelect().Model(old).Where("course_id = ? AND assignment_id = ? AND state = ?", upload.CourseID, upload.AssignmentID, db.UploadWaiting).
		Where("passed = ? AND failed = ? AND replace_existing = ?", upload.Passed, upload.Failed, upload.ReplaceExisting).
		Where("coalesce(section_id, 0) = coalesce(?, 0)", upload.SectionID).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fault.NotFound
	case err != nil:
		return nil, fmt.Errorf("read the waiting upload of assignment %d: %w", upload.AssignmentID, err)
	}
	return old, nil
}

// sectionID returns the id of a section of a course. It fails with fault.BadInput for an unknown
// section.
func (t *Tx) sectionID(ctx context.Context, course, canvasID int64) (*int64, error) {
	var id int64
	err := t.tx.NewSelect().Table("section").Column("id").Where("course_id = ? AND canvas_id = ?", course, canvasID).Scan(ctx, &id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		const message = "The course has no such section."
		return nil, &fault.Error{Kind: fault.BadInput, Message: message, Fields: map[string][]string{"sectionCanvasId": {message}}}
	case err != nil:
		return nil, fmt.Errorf("read the section %d: %w", canvasID, err)
	}
	return &id, nil
}

// requireCanvas fails with fault.Unavailable when the Canvas of a course can not be written to.
func (t *Tx) requireCanvas(ctx context.Context, course int64) error {
	var readonly, known bool
	var failure *string
	err := t.tx.NewSelect().TableExpr("course AS crs").Join("LEFT JOIN canvas_access AS cva ON cva.account_id = crs.account_id").
		ColumnExpr("crs.readonly, cva.account_id IS NOT NULL AS known, cva.failure").Where("crs.id = ?", course).
		Scan(ctx, &readonly, &known, &failure)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.NotFound
	case err != nil:
		return fmt.Errorf("read the Canvas access of course %d: %w", course, err)
	case readonly:
		return fault.New(fault.Unavailable, "Unable to process request: the course is read-only.")
	case !known:
		return fault.New(fault.Unavailable, "Unable to process request: the account's Canvas is not set up.")
	case failure != nil:
		return fault.New(fault.Unavailable, "Unable to process request: the last connection to the account's Canvas failed.")
	}
	return nil
}
