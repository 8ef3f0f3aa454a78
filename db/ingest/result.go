package ingest

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// A ResultItem is a result with all its parts, which are written together. A stored result is
// identified by its course, assignment, user and attempt.
type ResultItem struct {
	Result db.Result
	Group  []int64 // ids of the group members; empty for individual work
	Steps  []*db.Step
	// Bundles include purged bundles, which have no SHA-256.
	Bundles []*db.Bundle
	// EngineJob is the job of the engine that processes the result. Only RestoreResults writes it.
	EngineJob *string
	// isNew is set when the result does not exist yet.
	isNew bool
}

// UpsertResults writes results in one transaction. Each new or changed result gets the next
// sequence id; a result that does not change keeps its sequence id. The highest attempt of a user
// becomes the latest. A done result without a revision gets the current revision of its assignment.
// Items must not contain a result twice. New bundles get the creation time now.
func UpsertResults(ctx context.Context, s *db.Store, items []*ResultItem, now time.Time) ([]Change, error) {
	var changes []Change
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		changes, err = WriteResults(ctx, s, tx, items, now)
		return err
	})
	return changes, err
}

// WriteResults is UpsertResults in a transaction of the caller. If the transaction has changed other
// rows of courses, it must have locked the courses of the items (db.LockCourses).
func WriteResults(ctx context.Context, s *db.Store, tx bun.Tx, items []*ResultItem, now time.Time) ([]Change, error) {
	w := &resultWriter{s: s, tx: tx, items: items, changes: make([]Change, len(items)), now: now}
	err := w.write(ctx)
	return w.changes, err
}

// A resultWriter writes items in the steps of its method write.
type resultWriter struct {
	s       *db.Store
	tx      bun.Tx
	items   []*ResultItem
	changes []Change
	now     time.Time
	// before holds the stored attempts of the users of items, by attemptsKey.
	before map[query.Key][]*db.Result
	// latest holds the highest attempt, stored or in items, by attemptsKey.
	latest map[query.Key]int
}

func (w *resultWriter) write(ctx context.Context) error {
	if err := db.LockCourses(ctx, w.tx, db.DistinctCourses(w.items, courseOf)...); err != nil {
		return err
	}
	if err := w.compare(ctx); err != nil {
		return err
	}
	var changed []*ResultItem
	for i, item := range w.items {
		if w.changes[i] != Unchanged {
			changed = append(changed, item)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if err := w.count(ctx, changed); err != nil {
		return err
	}
	if err := w.demote(ctx); err != nil {
		return err
	}
	if err := w.assignIDs(ctx, changed); err != nil {
		return err
	}
	return w.save(ctx, changed)
}

func courseOf(item *ResultItem) int64 { return item.Result.CourseID }

// attemptsKey identifies the attempts of a user at an assignment.
func attemptsKey(r *db.Result) query.Key { return query.Key{r.CourseID, r.AssignmentID, r.UserID} }

// compare sets the change of each item by a comparison with the stored results.
func (w *resultWriter) compare(ctx context.Context) error {
	keys := make([]query.Key, len(w.items))
	for i, item := range w.items {
		keys[i] = attemptsKey(&item.Result)
	}
	rows, err := db.ResultAttempts.LoadStored(ctx, w.s.DB(), w.tx, keys)
	if err != nil {
		return err
	}
	w.before = map[query.Key][]*db.Result{}
	for i, k := range keys {
		w.before[k] = rows[i]
	}
	w.findLatest()
	var unchanged []int
	var unchangedKeys []query.Key
	for i, item := range w.items {
		r := &item.Result
		at := slices.IndexFunc(w.before[keys[i]], func(b *db.Result) bool { return b.Attempt == r.Attempt })
		if at < 0 {
			w.changes[i] = Created
			continue
		}
		b := w.before[keys[i]][at]
		r.MomotorID, r.SequenceID, r.Revision = b.MomotorID, b.SequenceID, b.Revision
		if !query.EqualColumns(w.tx, b, r) {
			w.changes[i] = Updated
			continue
		}
		unchanged, unchangedKeys = append(unchanged, i), append(unchangedKeys, query.Key{r.CourseID, r.MomotorID})
	}
	return w.compareParts(ctx, unchanged, unchangedKeys)
}

// compareParts compares the steps, group and bundles of results whose columns are equal. Indexes are
// the indexes of the results in items.
func (w *resultWriter) compareParts(ctx context.Context, indexes []int, keys []query.Key) error {
	if len(indexes) == 0 {
		return nil
	}
	steps, err := db.ResultSteps.LoadStored(ctx, w.s.DB(), w.tx, keys)
	if err != nil {
		return err
	}
	members, err := db.ResultMembers.LoadStored(ctx, w.s.DB(), w.tx, keys)
	if err != nil {
		return err
	}
	bundles, err := db.ResultBundles.LoadStored(ctx, w.s.DB(), w.tx, keys)
	if err != nil {
		return err
	}
	for i, at := range indexes {
		item := w.items[at]
		if !w.sameSteps(steps[i], item) || !sameMembers(members[i], item.Group) || !sameBundles(bundles[i], item.Bundles) {
			w.changes[at] = Updated
		}
	}
	return nil
}

func (w *resultWriter) sameSteps(before []*db.Step, item *ResultItem) bool {
	return slices.EqualFunc(before, item.Steps, func(a, b *db.Step) bool {
		b.CourseID, b.ResultID = a.CourseID, a.ResultID
		return query.EqualColumns(w.tx, a, b)
	})
}

func sameMembers(before []*db.Member, group []int64) bool {
	ids := make([]int64, len(before))
	for i, m := range before {
		ids[i] = m.UserID
	}
	sorted := slices.Clone(group)
	slices.Sort(sorted)
	return slices.Equal(ids, sorted)
}

func sameBundles(before, after []*db.Bundle) bool {
	return len(before) == len(after) && !slices.ContainsFunc(after, func(b *db.Bundle) bool {
		at := slices.IndexFunc(before, func(a *db.Bundle) bool { return a.Kind == b.Kind })
		return at < 0 || !before[at].SameFile(b)
	})
}

// findLatest sets latest, and IsLatest of the items.
func (w *resultWriter) findLatest() {
	w.latest = map[query.Key]int{}
	for k, rows := range w.before {
		for _, r := range rows {
			w.latest[k] = max(w.latest[k], r.Attempt)
		}
	}
	for _, item := range w.items {
		k := attemptsKey(&item.Result)
		w.latest[k] = max(w.latest[k], item.Result.Attempt)
	}
	for _, item := range w.items {
		item.Result.IsLatest = item.Result.Attempt == w.latest[attemptsKey(&item.Result)]
	}
}

// demote clears is_latest of stored attempts that are no longer the highest. It must run before the
// new latest attempts are written, because a unique index allows only one latest attempt for each
// user.
func (w *resultWriter) demote(ctx context.Context) error {
	for k, rows := range w.before {
		for _, r := range rows {
			if !r.IsLatest || r.Attempt == w.latest[k] {
				continue
			}
			sequence, err := db.ReserveSequence(ctx, w.tx, r.CourseID, 1)
			if err != nil {
				return err
			}
			_, err = w.tx.NewUpdate().Model(r).Set("is_latest = FALSE, sequence_id = ?", sequence).WherePK().Exec(ctx)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// assignIDs sets the ids of new results and bundles, and the sequence ids and revisions of changed
// results.
func (w *resultWriter) assignIDs(ctx context.Context, changed []*ResultItem) error {
	if err := w.assignSequenceIDs(ctx, changed); err != nil {
		return err
	}
	idCount := len(changed)
	for _, item := range changed {
		idCount += len(item.Bundles)
	}
	id, err := w.s.ReserveIDs(ctx, w.tx, idCount)
	if err != nil {
		return err
	}
	next := func() int64 { id++; return id - 1 }
	for _, item := range changed {
		r := &item.Result
		if item.isNew = r.MomotorID == 0; item.isNew {
			r.MomotorID = next()
		}
		for _, s := range item.Steps {
			s.CourseID, s.ResultID = r.CourseID, r.MomotorID
		}
		for _, b := range item.Bundles {
			b.CourseID, b.ResultID, b.MomotorID, b.CreatedAt = r.CourseID, &r.MomotorID, next(), w.now
		}
	}
	if err := w.keepUnchangedBundles(ctx, changed); err != nil {
		return err
	}
	return w.setRevisions(ctx, changed)
}

// assignSequenceIDs sets the sequence ids of changed results, which are in the order of changed in each
// course.
func (w *resultWriter) assignSequenceIDs(ctx context.Context, changed []*ResultItem) error {
	count := map[int64]int{}
	for _, item := range changed {
		count[courseOf(item)]++
	}
	next := map[int64]int64{}
	for _, item := range changed {
		course := courseOf(item)
		if _, ok := next[course]; !ok {
			first, err := db.ReserveSequence(ctx, w.tx, course, count[course])
			if err != nil {
				return err
			}
			next[course] = first
		}
		item.Result.SequenceID = next[course]
		next[course]++
	}
	return nil
}

// keepUnchangedBundles sets the ids of existing bundles to their stored ids. If the file of a bundle
// does not change, it also sets the creation time to the stored time.
func (w *resultWriter) keepUnchangedBundles(ctx context.Context, changed []*ResultItem) error {
	var keys []query.Key
	var old []*ResultItem
	for _, item := range changed {
		if !item.isNew {
			keys, old = append(keys, query.Key{item.Result.CourseID, item.Result.MomotorID}), append(old, item)
		}
	}
	if len(old) == 0 {
		return nil
	}
	before, err := db.ResultBundles.LoadStored(ctx, w.s.DB(), w.tx, keys)
	if err != nil {
		return err
	}
	for i, item := range old {
		for _, b := range item.Bundles {
			at := slices.IndexFunc(before[i], func(a *db.Bundle) bool { return a.Kind == b.Kind })
			if at >= 0 {
				b.MomotorID = before[i][at].MomotorID
				if before[i][at].SameFile(b) {
					b.CreatedAt = before[i][at].CreatedAt
				}
			}
		}
	}
	return nil
}

// setRevisions sets the revision of done results without one to the current revision of their
// assignment.
func (w *resultWriter) setRevisions(ctx context.Context, changed []*ResultItem) error {
	keys := make([]query.Key, len(changed))
	for i, item := range changed {
		keys[i] = query.Key{item.Result.CourseID, item.Result.AssignmentID}
	}
	assignments, err := db.AssignmentByID.LoadStored(ctx, w.s.DB(), w.tx, keys)
	if err != nil {
		return err
	}
	for i, item := range changed {
		if r := &item.Result; r.State == db.StateDone && r.Revision == nil && len(assignments[i]) > 0 {
			r.Revision = assignments[i][0].Revision
		}
	}
	return nil
}

// changedRows are the rows of changed results. The rows of created results do not exist yet.
type changedRows struct {
	created, updated               []*db.Result
	steps                          []*db.Step
	members                        []*db.Member
	createdBundles, updatedBundles []*db.Bundle
}

func (rows *changedRows) add(item *ResultItem) {
	r := &item.Result
	if item.isNew {
		rows.created, rows.createdBundles = append(rows.created, r), append(rows.createdBundles, item.Bundles...)
	} else {
		rows.updated, rows.updatedBundles = append(rows.updated, r), append(rows.updatedBundles, item.Bundles...)
	}
	rows.steps = append(rows.steps, item.Steps...)
	for _, user := range item.Group {
		rows.members = append(rows.members, &db.Member{CourseID: r.CourseID, ResultID: r.MomotorID, UserID: user})
	}
}

// save writes the changed results and their parts.
func (w *resultWriter) save(ctx context.Context, changed []*ResultItem) error {
	var rows changedRows
	for _, item := range changed {
		rows.add(item)
	}
	if err := w.saveUpdated(ctx, &rows); err != nil {
		return err
	}
	return rows.insert(ctx, w.tx)
}

// insert inserts the created results, and the steps, members and created bundles.
func (rows *changedRows) insert(ctx context.Context, tx bun.Tx) error {
	if err := query.Insert(ctx, tx, rows.created); err != nil {
		return err
	}
	if err := query.Insert(ctx, tx, rows.steps); err != nil {
		return err
	}
	if err := query.Insert(ctx, tx, rows.members); err != nil {
		return err
	}
	return query.Insert(ctx, tx, rows.createdBundles)
}

// saveUpdated writes the updated results and their bundles, and deletes their other parts.
func (w *resultWriter) saveUpdated(ctx context.Context, rows *changedRows) error {
	var updated []query.Clause
	for _, r := range rows.updated {
		updated = append(updated, query.SQL("(?, ?)", r.CourseID, r.MomotorID))
	}
	if err := query.Upsert(ctx, w.tx, rows.updated, []string{"course_id", "id"}); err != nil {
		return err
	}
	if err := w.deleteParts(ctx, updated, rows.updatedBundles); err != nil {
		return err
	}
	return query.Upsert(ctx, w.tx, rows.updatedBundles, []string{"course_id", "id"})
}

// deleteParts deletes the steps and members of existing results, and the bundles that they no longer
// have. Other bundles are updated in place, so that the database records which files were replaced.
func (w *resultWriter) deleteParts(ctx context.Context, existing []query.Clause, bundles []*db.Bundle) error {
	if len(existing) == 0 {
		return nil
	}
	for _, part := range []string{"step", "result_member", "bundle"} {
		q := w.tx.NewDelete().TableExpr(part).Where("(course_id, result_id) IN (?)", query.List(existing))
		if part == "bundle" && len(bundles) > 0 {
			kept := make([]query.Clause, len(bundles))
			for i, b := range bundles {
				kept[i] = query.SQL("(?, ?)", b.CourseID, b.MomotorID)
			}
			q.Where("(course_id, id) NOT IN (?)", query.List(kept))
		}
		if _, err := q.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
