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

func results() *kind[ingest.ResultItem, resultKey] {
	return &kind[ingest.ResultItem, resultKey]{
		typ: typeResult, batch: 200, read: (*reading).result,
		key: func(item *ingest.ResultItem) resultKey {
			return resultKey{item.Result.AssignmentID, item.Result.UserID, item.Result.Attempt}
		},
		put: (*run).putResults,
	}
}

func (r *run) putResults(ctx context.Context, rows []*ingest.ResultItem) ([]ingest.Change, error) {
	return ingest.UpsertResults(ctx, r.Store, rows, r.Now())
}

// A resultLine is what a line says about a result.
type resultLine struct {
	course           courseRef
	assignment, user int64
	group            []int64
	row              db.Result // without what it refers to
	outcome          assess.Outcome
	steps            *[][]*db.Step

	product, full, basic *string
	gone                 []db.BundleKind
}

func readResultLine(o *object, lenient bool) (l resultLine, err error) {
	l.course = readCourseRef(o)
	l.assignment = required(o, "assignment", canvasID)
	l.user = required(o, "user", canvasID)
	l.row = db.Result{
		Attempt:     int(required(o, "attempt", whole(math.MaxInt32))),
		SubmittedAt: required(o, "submitted_at", moment),
		IsLate:      required(o, "is_late", boolean),
		State:       required(o, "state", oneOf(db.StatePaused, db.StateQueued, db.StateProcessing, db.StateDone)),
		QueuedAt:    optional(o, "queued_at", moment),
		StartedAt:   optional(o, "started_at", moment),
		ProcessedAt: optional(o, "processed_at", moment),
		Progress:    optional(o, "progress", fraction),
		PreviewURL:  optional(o, "preview_url", address),
	}
	if group := optional(o, "group", list("Canvas ids", canvasID)); group != nil {
		l.group = *group
	}
	l.outcome = readOutcome(o)
	l.steps = optional(o, "steps", func(v []byte) ([][]*db.Step, error) { return readSteps(v, lenient) })
	l.product, l.full, l.basic = optional(o, "product", filePath), optional(o, "results", filePath), optional(o, "basic", filePath)
	if gone := optional(o, "gone", list("basic, full and product", goneKind)); gone != nil {
		l.gone = *gone
	}
	l.checkGone(o)
	return l, o.err(lenient)
}

// readOutcome reads what a line says of the outcome.
func readOutcome(o *object) assess.Outcome {
	return assess.Outcome{
		Accepted:      optional(o, "accepted", boolean),
		HasError:      optional(o, "has_error", boolean),
		Secret:        optional(o, "secret", boolean),
		Score:         optional(o, "score", number),
		ScoreReviewer: optional(o, "score_reviewer", number),
		Label:         optional(o, "label", text),
		Summary:       optional(o, "summary", text),
	}
}

func goneKind(v []byte) (db.BundleKind, error) {
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

// checkGone refuses a bundle that is there and gone.
func (l *resultLine) checkGone(o *object) {
	slices.Sort(l.gone)
	l.gone = slices.Compact(l.gone)
	for _, b := range []struct {
		path        *string
		kind        db.BundleKind
		field, word string
	}{{l.product, db.BundleProduct, "product", "product"}, {l.full, db.BundleFull, "results", "full"}, {l.basic, db.BundleBasic, "basic", "basic"}} {
		if b.path != nil && slices.Contains(l.gone, b.kind) {
			o.wrong("gone", "says that "+b.word+" is gone, but field "+b.field+" names it")
		}
	}
}

func (rd *reading) result(ctx context.Context, o *object) (item ingest.ResultItem, err error) {
	l, err := readResultLine(o, rd.Lenient)
	if err != nil {
		return item, err
	}
	item.Result = l.row
	if err := rd.place(ctx, &l, &item); err != nil {
		return item, err
	}
	sources, done, err := rd.openBundles(wanted{l.product, bundle.KindProduct}, wanted{l.full, bundle.KindResults}, wanted{l.basic, bundle.KindResults})
	if err != nil {
		return item, err
	}
	defer done()
	if err := rd.judge(ctx, &l, &item, cmp.Or(sources[1], sources[2])); err != nil {
		return item, err
	}
	for i, kind := range []db.BundleKind{db.BundleProduct, db.BundleFull, db.BundleBasic} {
		b, err := rd.keep(ctx, sources[i], kind)
		if err != nil {
			return item, err
		}
		if b == nil && slices.Contains(l.gone, kind) {
			b = purged(kind)
		}
		if b != nil {
			item.Bundles = append(item.Bundles, b)
		}
	}
	return item, nil
}

// place finds the ids of what a line refers to.
func (rd *reading) place(ctx context.Context, l *resultLine, item *ingest.ResultItem) (err error) {
	r := &item.Result
	var account int64
	if r.CourseID, account, err = rd.names.course(ctx, l.course); err != nil {
		return err
	}
	if r.AssignmentID, err = rd.names.assignment(ctx, r.CourseID, l.assignment, l.course); err != nil {
		return err
	}
	if r.UserID, err = rd.names.user(ctx, account, l.user, l.course); err != nil {
		return err
	}
	for _, member := range l.group {
		id, err := rd.names.user(ctx, account, member, l.course)
		if err != nil {
			return err
		}
		item.Group = append(item.Group, id)
	}
	if len(item.Group) > 0 { // the submitter is a member, said or not
		item.Group = append(item.Group, r.UserID)
	}
	slices.Sort(item.Group)
	item.Group = slices.Compact(item.Group)
	return nil
}

// judge fills in steps and outcome: what the line says, else what the bundle does. The
// outcome of a bundle counts only when the result is done; before that it is of an
// earlier run, or incomplete.
func (rd *reading) judge(ctx context.Context, l *resultLine, item *ingest.ResultItem, s *source) error {
	r := &item.Result
	var found assess.Outcome
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
			found = assess.BundleOutcome(&a)
		}
		if l.steps == nil {
			item.Steps = assess.Steps(&a)
		}
	}
	for _, step := range item.Steps {
		rd.weight.Add(int64(len(step.Details)))
	}
	l.outcome.Or(found).Apply(r)
	if r.State == db.StateDone && r.Progress == nil {
		r.Progress = new(1.0)
	}
	return nil
}

// purged is the row of a bundle that was there. Its own name is not known any more.
func purged(kind db.BundleKind) *db.Bundle {
	names := map[db.BundleKind]string{db.BundleProduct: "product.zip", db.BundleFull: "full.zip", db.BundleBasic: "basic.zip"}
	return &db.Bundle{Kind: kind, Name: names[kind], Format: db.FormatZip}
}
