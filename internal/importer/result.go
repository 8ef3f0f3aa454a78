package importer

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/assess"
	"github.com/momotor/resultgraph/internal/bundle"
)

type resultKey struct {
	assignment, user int64
	attempt          int
}

func resultType() *itemType[ingest.ResultItem, resultKey] {
	return &itemType[ingest.ResultItem, resultKey]{
		name: typeResult, batchSize: 500, read: (*batchReader).readResult,
		key: func(item *ingest.ResultItem) resultKey {
			return resultKey{item.Result.AssignmentID, item.Result.UserID, item.Result.Attempt}
		},
		write: (*run).writeResults,
	}
}

func (r *run) writeResults(ctx context.Context, rows []*ingest.ResultItem) ([]ingest.Change, error) {
	if r.export != "" {
		return ingest.RestoreResults(ctx, r.Store, rows)
	}
	return ingest.UpsertResults(ctx, r.Store, rows, r.Now())
}

// A resultLine is a parsed line of type result.
type resultLine struct {
	course           courseRef
	assignment, user int64
	group            []int64
	result           db.Result // without ids
	outcome          assess.Outcome
	engineJob        *string
	steps            *[][]*db.Step

	product, full, basic *string
	purged               []db.BundleKind
}

func readResultLine(o *object, lenient bool) (l resultLine, err error) {
	l.course = readCourseRef(o)
	l.assignment = required(o, "assignment", parseCanvasID)
	l.user = required(o, "user", parseCanvasID)
	l.result = db.Result{
		Attempt:     int(required(o, "attempt", parseInteger(math.MaxInt32))),
		SubmittedAt: required(o, "submitted_at", o.time()),
		IsLate:      required(o, "is_late", parseBool),
		SecondsLate: optional(o, "seconds_late", parsePoints),
		State:       required(o, "state", parseEnum(db.StatePaused, db.StateQueued, db.StateProcessing, db.StateDone)),
		QueuedAt:    optional(o, "queued_at", o.time()),
		StartedAt:   optional(o, "started_at", o.time()),
		ProcessedAt: optional(o, "processed_at", o.time()),
		Progress:    optional(o, "progress", parseFraction),
		PreviewURL:  optional(o, "preview_url", o.text(parseURL)),
	}
	if group := optional(o, "group", parseList("Canvas ids", parseCanvasID)); group != nil {
		l.group = *group
	}
	l.outcome = readOutcome(o)
	l.steps = optional(o, "steps", func(v []byte) ([][]*db.Step, error) { return readSteps(v, lenient, o.ofExport) })
	if o.ofExport {
		l.readExported(o)
	}
	l.product, l.full, l.basic = optional(o, "product", parseFilePath), optional(o, "results", parseFilePath), optional(o, "basic", parseFilePath)
	if gone := optional(o, "gone", parseList("basic, full and product", parsePurgedKind)); gone != nil {
		l.purged = *gone
	}
	l.checkPurged(o)
	return l, o.validate(lenient)
}

// readOutcome reads what a line says of the outcome.
func readOutcome(o *object) assess.Outcome {
	return assess.Outcome{
		Accepted:      optional(o, "accepted", parseBool),
		HasError:      optional(o, "has_error", parseBool),
		Secret:        optional(o, "secret", parseBool),
		Score:         optional(o, "score", parseNumber),
		ScoreReviewer: optional(o, "score_reviewer", parseNumber),
		Label:         optional(o, "label", o.text(parseName)),
		Summary:       optional(o, "summary", o.text(parseText)),
	}
}

func parsePurgedKind(v []byte) (db.BundleKind, error) {
	switch string(v) {
	case `"basic"`:
		return db.BundleBasic, nil
	case `"full"`:
		return db.BundleFull, nil
	case `"product"`:
		return db.BundleProduct, nil
	}
	return "", errors.New("must be one of them")
}

// checkPurged adds a problem when a bundle is both present and purged.
func (l *resultLine) checkPurged(o *object) {
	slices.Sort(l.purged)
	l.purged = slices.Compact(l.purged)
	for _, b := range []struct {
		path        *string
		kind        db.BundleKind
		field, word string
	}{{l.product, db.BundleProduct, "product", "product"}, {l.full, db.BundleFull, "results", "full"}, {l.basic, db.BundleBasic, "basic", "basic"}} {
		if b.path != nil && slices.Contains(l.purged, b.kind) {
			o.addProblem("gone", "lists "+b.word+", but field "+b.field+" names that bundle")
		}
	}
}

func (rd *batchReader) readResult(ctx context.Context, o *object) (item ingest.ResultItem, err error) {
	l, err := readResultLine(o, rd.Lenient)
	if err != nil {
		return item, err
	}
	item.Result = l.result
	if err := rd.resolveIDs(ctx, &l, &item); err != nil {
		return item, err
	}
	if rd.export != "" {
		return item, rd.restore(&l, &item)
	}
	sources, done, err := rd.openBundles(ctx, bundleRef{l.product, bundle.KindProduct}, bundleRef{l.full, bundle.KindResults}, bundleRef{l.basic, bundle.KindResults})
	if err != nil {
		return item, err
	}
	defer done()
	if err := rd.assess(ctx, &l, &item, cmp.Or(sources[1], sources[2])); err != nil {
		return item, err
	}
	for i, kind := range []db.BundleKind{db.BundleProduct, db.BundleFull, db.BundleBasic} {
		b, err := rd.storeBundle(ctx, sources[i], kind)
		if err != nil {
			return item, err
		}
		if b == nil && slices.Contains(l.purged, kind) {
			b = purgedBundle(kind)
		}
		if b != nil {
			item.Bundles = append(item.Bundles, b)
		}
	}
	return item, nil
}

// resolveIDs sets the ids of the objects that a line refers to.
func (rd *batchReader) resolveIDs(ctx context.Context, l *resultLine, item *ingest.ResultItem) (err error) {
	r := &item.Result
	var account int64
	if r.CourseID, account, err = rd.ids.course(ctx, l.course); err != nil {
		return err
	}
	if r.AssignmentID, err = rd.ids.assignment(ctx, r.CourseID, l.assignment, l.course); err != nil {
		return err
	}
	if r.UserID, err = rd.ids.user(ctx, account, l.user, l.course); err != nil {
		return err
	}
	for _, member := range l.group {
		id, err := rd.ids.user(ctx, account, member, l.course)
		if err != nil {
			return err
		}
		item.Group = append(item.Group, id)
	}
	if len(item.Group) > 0 && rd.export == "" { // the submitter is always a member
		item.Group = append(item.Group, r.UserID)
	}
	slices.Sort(item.Group)
	item.Group = slices.Compact(item.Group)
	return nil
}

// assess sets the steps and the outcome: those of the line, else those of the bundle. The
// outcome of a bundle counts only for a finished result; otherwise the bundle is of an
// earlier run or incomplete.
func (rd *batchReader) assess(ctx context.Context, l *resultLine, item *ingest.ResultItem, s *bundleFile) error {
	r := &item.Result
	var fromBundle assess.Outcome
	if l.steps != nil {
		item.Steps = slices.Concat(*l.steps...)
	}
	if s != nil {
		recipe, err := rd.recipes.recipe(ctx, r.CourseID, r.AssignmentID)
		if err != nil {
			return err
		}
		a := bundle.Assess(s.Results(), recipe)
		if r.State == db.StateDone {
			fromBundle = assess.BundleOutcome(&a)
		}
		if l.steps == nil {
			item.Steps = assess.Steps(&a)
		}
	}
	for _, step := range item.Steps {
		rd.extraBytes.Add(int64(len(step.Details)))
	}
	l.outcome.Or(fromBundle).Apply(r)
	if r.State == db.StateDone && r.Progress == nil {
		r.Progress = new(1.0)
	}
	return nil
}

// purgedBundle returns the row of a purged bundle. Its name is unknown, so it gets a
// default name.
func purgedBundle(kind db.BundleKind) *db.Bundle {
	names := map[db.BundleKind]string{db.BundleProduct: "product.zip", db.BundleFull: "full.zip", db.BundleBasic: "basic.zip"}
	return &db.Bundle{Kind: kind, Name: names[kind], Format: db.FormatZip}
}
