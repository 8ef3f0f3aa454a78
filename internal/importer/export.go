package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
)

// An export has all data of a store. Its manifest has a line of type export, and its items have ids and
// other values that are otherwise the business of the store. It is imported only into an empty store.

// TypeExport is the type of the line that makes a manifest an export, and ExportFormat the number of the
// format that this program writes and reads.
const (
	TypeExport   = "export"
	ExportFormat = 1
)

// beginExport reads the line of type export, if the manifest has one. It fails if the store is not empty.
func (r *run) beginExport(ctx context.Context) error {
	if r.header == nil {
		return nil
	}
	o, err := parseObject(r.header)
	if err != nil {
		return fmt.Errorf("the line of type export is not valid: %w", err)
	}
	o.find("type").used = true
	id := required(o, "export_id", parseKey)
	format := required(o, "format", parseInteger(math.MaxInt32))
	if err := o.validate(r.Lenient); err != nil {
		return fmt.Errorf("the line of type export is not valid: %w", err)
	}
	if format != ExportFormat {
		return fmt.Errorf("the export has the format %d, and this program reads the format %d: import it with the release that wrote it", format, ExportFormat)
	}
	if err := r.Store.BeginExportImport(ctx, id); err != nil {
		return err
	}
	r.export = id
	r.addProgress(1)
	return nil
}

// endExport records that the import of the export has ended.
func (r *run) endExport(ctx context.Context) error {
	if r.export == "" {
		return nil
	}
	return r.Store.EndExportImport(ctx)
}

// isExportField reports whether a field of an item is accepted only in an export.
func isExportField(name string) bool {
	return slices.Contains([]string{
		"id", "sequence_id", "is_latest", "revision", "engine_job", "last_used_at",
		"refreshed_at", "canvas_published", "group_category_id", "group_graded_separately",
	}, name)
}

// exportedID reads the id of an item of an export. It returns 0 if the manifest is not an export.
func exportedID(o *object) int64 {
	if !o.ofExport {
		return 0
	}
	return required(o, "id", parseInteger(math.MaxInt64))
}

func readExportedAssignment(o *object, a *db.Assignment) {
	if !o.ofExport {
		return
	}
	a.MomotorID = exportedID(o)
	a.Revision = optional(o, "revision", parsePosition)
	a.RefreshedAt = optional(o, "refreshed_at", o.time())
	a.CanvasPublished = optional(o, "canvas_published", parseBool)
	a.GroupCategoryID = optional(o, "group_category_id", parseCanvasID)
	a.GroupGradedSeparately = optional(o, "group_graded_separately", parseBool)
}

func readExportedKey(o *object, item *db.APIKeyItem) {
	if !o.ofExport {
		return
	}
	item.Key.MomotorID = exportedID(o)
	item.LastUsedAt = optional(o, "last_used_at", o.time())
}

func (l *resultLine) readExported(o *object) {
	l.result.MomotorID = exportedID(o)
	l.result.SequenceID = required(o, "sequence_id", parseStoredInteger)
	l.result.IsLatest = required(o, "is_latest", parseBool)
	l.result.Revision = optional(o, "revision", parsePosition)
	l.engineJob = optional(o, "engine_job", parseStoredText)
}

// restore sets the outcome and the steps of a result of an export, which are those of the line.
func (rd *batchReader) restore(l *resultLine, item *ingest.ResultItem) error {
	r, o := &item.Result, &l.outcome
	r.Accepted, r.HasError, r.Secret = o.Accepted, o.HasError, o.Secret
	r.Score, r.ScoreReviewer, r.Label, r.Summary = o.Score, o.ScoreReviewer, o.Label, o.Summary
	item.EngineJob = l.engineJob
	if l.steps != nil {
		item.Steps = slices.Concat(*l.steps...)
	}
	if l.product != nil || l.full != nil || l.basic != nil || l.purged != nil {
		return errors.New("the bundles of a result of an export are lines of type bundle")
	}
	return nil
}

// ifExport returns the function that parses a value of the store, if the object is one of an export, and
// otherwise parse. The limits of other manifests do not hold for the store: its values can come from bundles
// and from Canvas.
func ifExport[T any](o *object, parseStored, parse func([]byte) (T, error)) func([]byte) (T, error) {
	if o.ofExport {
		return parseStored
	}
	return parse
}

// text returns the function that parses a text: see ifExport.
func (o *object) text(parse func([]byte) (string, error)) func([]byte) (string, error) {
	return ifExport(o, parseStoredText, parse)
}

// time returns the function that parses a time: see ifExport.
func (o *object) time() func([]byte) (time.Time, error) {
	return ifExport(o, parseStoredTime, parseTime)
}

// parseStoredText parses a text of any length.
func parseStoredText(v []byte) (string, error) {
	if v[0] != '"' {
		return "", errors.New("must be a string")
	}
	s, err := unquote(v)
	if err != nil {
		return "", errors.New("must be a string")
	}
	return s, checkNUL(s)
}

// parseStoredJSON parses any JSON, and keeps its bytes.
func parseStoredJSON(v []byte) (json.RawMessage, error) { return bytes.Clone(v), nil }

// parseStoredTime parses a time of any year.
func parseStoredTime(v []byte) (t time.Time, err error) {
	s, err := parseStoredText(v)
	if err == nil {
		err = t.UnmarshalText([]byte(s))
	}
	if err != nil {
		return t, errors.New("must be a time such as 2026-03-01T12:00:00Z")
	}
	return t.UTC(), nil
}

// parseStoredPosition parses a position.
func parseStoredPosition(v []byte) (int, error) {
	n, err := parseStoredInteger(v)
	return int(n), err
}

// parseStoredInteger parses an integer from 0.
func parseStoredInteger(v []byte) (int64, error) {
	n, err := json.Number(v).Int64()
	if err != nil || n < 0 {
		return 0, errors.New("must be an integer from 0")
	}
	return n, nil
}
