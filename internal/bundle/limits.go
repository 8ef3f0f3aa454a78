package bundle

import "cmp"

// Limits bounds the cost of reading one bundle. A zero field means the value of
// [DefaultLimits].
type Limits struct {
	Bytes            int64 // size of the bundle file
	XMLBytes         int64 // size of its XML, unpacked, and of the joined names of its files
	Members          int   // entries of a zip, including folders
	DirectoryBytes   int64 // size of a zip's central directory, including its end record
	PathBytes        int   // length of a member's name
	MemberBytes      int64 // size of one member, unpacked
	Ratio            int64 // unpacked bytes for each packed byte of a member
	RatioExemptBytes int64 // unpacked size up to which a member may have any ratio
	Depth            int   // nesting of elements
	Elements         int   // elements of the XML
	Attributes       int   // attributes of one element
}

// DefaultLimits returns limits that accept the full results bundle of a large
// course, while a hostile file costs at most some tens of megabytes of memory.
// RatioExemptBytes is large because the output of a student's endless loop is
// harmless and very compressible.
func DefaultLimits() Limits {
	return Limits{
		Bytes:            512 << 20,
		XMLBytes:         16 << 20,
		Members:          10_000,
		DirectoryBytes:   4 << 20,
		PathBytes:        1024,
		MemberBytes:      256 << 20,
		Ratio:            200,
		RatioExemptBytes: 16 << 20,
		Depth:            100,
		Elements:         200_000,
		Attributes:       256,
	}
}

// withDefaults returns l with defaults for the zero fields.
func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	return Limits{
		Bytes:            cmp.Or(l.Bytes, d.Bytes),
		XMLBytes:         cmp.Or(l.XMLBytes, d.XMLBytes),
		Members:          cmp.Or(l.Members, d.Members),
		DirectoryBytes:   cmp.Or(l.DirectoryBytes, d.DirectoryBytes),
		PathBytes:        cmp.Or(l.PathBytes, d.PathBytes),
		MemberBytes:      cmp.Or(l.MemberBytes, d.MemberBytes),
		Ratio:            cmp.Or(l.Ratio, d.Ratio),
		RatioExemptBytes: cmp.Or(l.RatioExemptBytes, d.RatioExemptBytes),
		Depth:            cmp.Or(l.Depth, d.Depth),
		Elements:         cmp.Or(l.Elements, d.Elements),
		Attributes:       cmp.Or(l.Attributes, d.Attributes),
	}
}
