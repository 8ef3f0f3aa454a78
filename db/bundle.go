package db

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A Bundle is a file in Momotor's bundle format. The blob store holds its content by SHA-256.
type Bundle struct {
	bun.BaseModel `bun:"table:bundle,alias:bdl"`
	query.RowMeta

	CourseID  int64        `bun:"course_id,pk"`
	MomotorID int64        `bun:"id,pk"`
	Kind      BundleKind   `bun:"kind"`
	ResultID  *int64       `bun:"result_id"` // nil for a recipe or config
	Format    BundleFormat `bun:"format"`
	Name      string       `bun:"name"`
	SHA256    *string      `bun:"sha256"` // hexadecimal; nil once purged
	Size      int64        `bun:"size"`   // bytes
	CreatedAt time.Time    `bun:"created_at"`
	// Preference sorts results bundles of one result for download, lowest first: FULL before BASIC,
	// and purged bundles last.
	Preference int `bun:"preference,scanonly"`
}

// A BundleKind is the kind of the content of a bundle.
type BundleKind string

// The kinds of bundles. Full and Basic are results bundles.
const (
	BundleRecipe  BundleKind = "RECIPE"
	BundleConfig  BundleKind = "CONFIG"
	BundleProduct BundleKind = "PRODUCT"
	BundleFull    BundleKind = "FULL"
	BundleBasic   BundleKind = "BASIC"
)

// A BundleFormat is the file format of a bundle.
type BundleFormat string

// The formats of a bundle.
const (
	FormatZip BundleFormat = "ZIP"
	FormatXML BundleFormat = "XML"
)

// ID is the bundle's global id.
func (b *Bundle) ID() string {
	return NodeID{Type: "Bundle", Key: query.Key{b.CourseID, b.MomotorID}}.String()
}

// IsNode makes a bundle a Node of the schema.
func (*Bundle) IsNode() {}

// Purged reports whether the file was purged.
func (b *Bundle) Purged() bool { return b.SHA256 == nil }

// SameFile reports whether two bundles are the same file with the same name.
func (b *Bundle) SameFile(other *Bundle) bool {
	return b.Name == other.Name && b.Format == other.Format && b.Size == other.Size && query.EqualValues(b.SHA256, other.SHA256)
}

// MediaType is the file's media type.
func (b *Bundle) MediaType() string {
	if b.Format == FormatZip {
		return "application/zip"
	}
	return "application/xml"
}

func (*Bundle) PrimaryKey() []string   { return []string{"course_id", "id"} }
func (*Bundle) OrderColumns() []string { return []string{"id"} }

// ColumnExpr computes the preference.
func (*Bundle) ColumnExpr(column string, _ query.Scope, _ bool) query.Clause {
	if column == "preference" {
		return query.SQL("CASE WHEN bdl.sha256 IS NULL THEN 2 ELSE 0 END + CASE bdl.kind WHEN 'FULL' THEN 0 ELSE 1 END")
	}
	return query.Clause{}
}

// BundlesOfKinds returns the condition that selects the bundles of the given kinds.
func BundlesOfKinds(kinds []BundleKind) []query.Clause {
	return []query.Clause{query.AnyOf("bdl.kind", kinds)}
}

// The edges to bundles. AssignmentRecipe and AssignmentConfig lead to the files of the current
// revision.
var (
	ResultBundles = query.Edge[Bundle]{
		Path: "result.bundles", KeyWidth: 2, Visible: visibleBundle,
		On: "bdl.course_id = parent.k0 AND bdl.result_id = parent.k1",
	}
	AssignmentRecipe = query.Edge[Bundle]{
		Path: "assignment.recipe", KeyWidth: 2, Visible: visibleBundle,
		On: "bdl.course_id = parent.k0 AND bdl.id = (" + revisionBundle("recipe_id") + ")",
	}
	AssignmentConfig = query.Edge[Bundle]{
		Path: "assignment.config", KeyWidth: 2, Visible: visibleBundle,
		On: "bdl.course_id = parent.k0 AND bdl.id = (" + revisionBundle("config_id") + ")",
	}
	BundleByID = query.Edge[Bundle]{Path: "bundle", KeyWidth: 2, On: "bdl.course_id = parent.k0 AND bdl.id = parent.k1", Visible: visibleBundle}
)

func visibleBundle(sc query.Scope) query.Clause { return visibleBundles(sc, parentCourse) }

// revisionBundle returns the SQL that selects a column of the current revision of the assignment
// with the key parent.k0, parent.k1.
func revisionBundle(column string) string {
	return `SELECT rev.` + column + ` FROM assignment AS asg JOIN revision AS rev
		ON rev.course_id = asg.course_id AND rev.assignment_id = asg.id AND rev.number = asg.revision
		WHERE asg.course_id = parent.k0 AND asg.id = parent.k1`
}

// maxPurgeBatch is the maximum number of bundles that one transaction purges. A small number keeps the
// locks short.
const maxPurgeBatch = 1000

// PurgeBundles marks the bundles of results that have a kind and were created before a time as
// purged, and returns their number. Their rows remain, so that a download fails with fault.Gone.
// The store no longer refers to the files, so that the next sweep of the blob store deletes them.
func (s *Store) PurgeBundles(ctx context.Context, kind BundleKind, before time.Time) (purged int, err error) {
	for {
		n, err := s.purgeBatch(ctx, kind, before)
		if err != nil {
			return purged, fmt.Errorf("purge bundles of kind %s: %w", kind, err)
		}
		if purged += n; n < maxPurgeBatch {
			return purged, nil
		}
	}
}

// purgeBatch purges the oldest bundles, and returns their number.
func (s *Store) purgeBatch(ctx context.Context, kind BundleKind, before time.Time) (purged int, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var oldest []*Bundle
		err := tx.NewSelect().Model(&oldest).Column("course_id", "id").
			Where("kind = ? AND created_at < ? AND sha256 IS NOT NULL AND result_id IS NOT NULL", kind, before.UTC()).
			Order("created_at").Limit(maxPurgeBatch).Scan(ctx)
		if err != nil || len(oldest) == 0 {
			return err
		}
		if err := LockCourses(ctx, tx, DistinctCourses(oldest, func(b *Bundle) int64 { return b.CourseID })...); err != nil {
			return err
		}
		ids := make([]query.Clause, len(oldest))
		for i, b := range oldest {
			ids[i] = query.SQL("(?, ?)", b.CourseID, b.MomotorID)
		}
		_, err = tx.NewUpdate().Model((*Bundle)(nil)).Set("sha256 = NULL").
			Where("(course_id, id) IN (?) AND created_at < ?", query.List(ids), before.UTC()).Exec(ctx)
		purged = len(oldest)
		return err
	})
	return purged, err
}
