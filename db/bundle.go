package db

import (
	"time"

	"github.com/uptrace/bun"
)

// A Bundle is a file in Momotor's bundle format. Its bytes lie in the blob store under
// their SHA-256.
type Bundle struct {
	bun.BaseModel `bun:"table:bundle,alias:b"`
	Kin

	CourseID  int64        `bun:"course_id,pk"`
	MomotorID int64        `bun:"id,pk"`
	Kind      BundleKind   `bun:"kind"`
	ResultID  *int64       `bun:"result_id"` // nil for a recipe or config
	Format    BundleFormat `bun:"format"`
	Name      string       `bun:"name"`
	SHA256    *string      `bun:"sha256"` // hexadecimal; nil once purged
	Size      int64        `bun:"size"`   // bytes
	CreatedAt time.Time    `bun:"created_at"`
	// Preference orders the bundles that can stand in for each other, the best one first:
	// purged bundles last, and FULL before BASIC.
	Preference int `bun:"preference,scanonly"`
}

// A BundleKind says what a bundle holds.
type BundleKind string

// The kinds of bundle. Full and Basic are both results.
const (
	BundleRecipe  BundleKind = "RECIPE"
	BundleConfig  BundleKind = "CONFIG"
	BundleProduct BundleKind = "PRODUCT"
	BundleFull    BundleKind = "FULL"
	BundleBasic   BundleKind = "BASIC"
)

// A BundleFormat says how a bundle is packed.
type BundleFormat string

// The formats of a bundle.
const (
	FormatZip BundleFormat = "ZIP"
	FormatXML BundleFormat = "XML"
)

// ID is the bundle's global id.
func (b *Bundle) ID() string {
	return NodeID{Type: "Bundle", Key: Key{b.CourseID, b.MomotorID}}.String()
}

// IsNode makes a bundle a Node of the schema.
func (*Bundle) IsNode() {}

// Purged tells that the file was there and is kept no longer.
func (b *Bundle) Purged() bool { return b.SHA256 == nil }

// MediaType is the file's media type.
func (b *Bundle) MediaType() string {
	if b.Format == FormatZip {
		return "application/zip"
	}
	return "application/xml"
}

func (*Bundle) identity() []string { return []string{"course_id", "id"} }
func (*Bundle) order() []string    { return []string{"id"} }
func (*Bundle) keys() []string     { return []string{"result_id", "kind", "sha256", "format", "name"} }

func (*Bundle) expr(column string, _ Scope, _ bool) Clause {
	if column == "preference" {
		return clause("CASE WHEN b.sha256 IS NULL THEN 2 ELSE 0 END + CASE b.kind WHEN 'FULL' THEN 0 ELSE 1 END")
	}
	return Clause{}
}

// BundleKinds narrows bundles to some kinds.
func BundleKinds(kinds []BundleKind) []Clause { return []Clause{anyOf("b.kind", kinds)} }

// The edges to bundles. Those of an assignment are of its current configuration.
var (
	ResultBundles = Edge[Bundle]{
		name: "result.bundles", width: 2, see: seeBundle,
		on: "b.course_id = k.k0 AND b.result_id = k.k1",
	}
	AssignmentRecipe = Edge[Bundle]{
		name: "assignment.recipe", width: 2, see: seeBundle,
		on: "b.course_id = k.k0 AND b.id = (" + ofRevision("recipe_id") + ")",
	}
	AssignmentConfig = Edge[Bundle]{
		name: "assignment.config", width: 2, see: seeBundle,
		on: "b.course_id = k.k0 AND b.id = (" + ofRevision("config_id") + ")",
	}
	BundleByID = Edge[Bundle]{name: "bundle", width: 2, on: "b.course_id = k.k0 AND b.id = k.k1", see: seeBundle}
)

func seeBundle(sc Scope) Clause { return sc.bundles(keyCourse) }

func ofRevision(column string) string {
	return `SELECT v.` + column + ` FROM assignment AS g JOIN revision AS v
		ON v.course_id = g.course_id AND v.assignment_id = g.id AND v.number = g.revision
		WHERE g.course_id = k.k0 AND g.id = k.k1`
}
