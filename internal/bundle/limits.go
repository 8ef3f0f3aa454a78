package bundle

import "cmp"

// Limits bound what reading one bundle may cost. A field that is zero takes
// its value from [DefaultLimits].
type Limits struct {
	Bytes       int64 // size of the bundle file as it lies
	XMLBytes    int64 // size of its XML, unpacked
	Members     int   // entries of a zip, folders included
	Directory   int64 // bytes of a zip's central directory, its tail included
	PathBytes   int   // length of a member's name
	MemberBytes int64 // size of one member, unpacked
	Ratio       int64 // unpacked bytes for each packed byte of a member
	RatioFrom   int64 // unpacked size up to which a member may have any ratio
	Depth       int   // elements open at the same time
	Elements    int   // elements of the XML
	Attributes  int   // attributes of one element
}

// DefaultLimits returns limits that leave room for a full results bundle of a
// large course and still keep a hostile file to some tens of megabytes of
// memory. RatioFrom is generous because the output of a looping student
// program is small, honest and very compressible.
func DefaultLimits() Limits {
	return Limits{
		Bytes:       512 << 20,
		XMLBytes:    16 << 20,
		Members:     10_000,
		Directory:   4 << 20,
		PathBytes:   1024,
		MemberBytes: 256 << 20,
		Ratio:       200,
		RatioFrom:   16 << 20,
		Depth:       100,
		Elements:    200_000,
		Attributes:  256,
	}
}

// orDefault fills the fields that are zero.
func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	return Limits{
		Bytes:       cmp.Or(l.Bytes, d.Bytes),
		XMLBytes:    cmp.Or(l.XMLBytes, d.XMLBytes),
		Members:     cmp.Or(l.Members, d.Members),
		Directory:   cmp.Or(l.Directory, d.Directory),
		PathBytes:   cmp.Or(l.PathBytes, d.PathBytes),
		MemberBytes: cmp.Or(l.MemberBytes, d.MemberBytes),
		Ratio:       cmp.Or(l.Ratio, d.Ratio),
		RatioFrom:   cmp.Or(l.RatioFrom, d.RatioFrom),
		Depth:       cmp.Or(l.Depth, d.Depth),
		Elements:    cmp.Or(l.Elements, d.Elements),
		Attributes:  cmp.Or(l.Attributes, d.Attributes),
	}
}
