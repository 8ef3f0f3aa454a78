package bundle

import "iter"

// Meta describes a bundle or a step. Every part may be repeated.
type Meta struct {
	Names, Versions, Authors, Sources, Generators []string
	Descriptions                                  []Description
}

// Description is text about a bundle, without its markup.
type Description struct {
	Lang string // xml:lang, or ""
	Text string
}

// Option is a setting that is handed to a checklet.
type Option struct {
	ID, Ref, Name string
	Domain        string // its own, or that of the section it is in
	Description   string
	Value         Value
}

// Property is something that a checklet, or the sender of a product, says.
type Property struct {
	Name   string
	Accept string
	Value  Value
}

// Properties are in document order. A name may repeat; the first counts.
type Properties []Property

// First returns the value that counts for a name; ok is false without any.
func (p Properties) First(name string) (v Value, ok bool) {
	for v := range p.All(name) {
		return v, true
	}
	return Value{}, false
}

// All returns every value of a name, as long reports come in several blocks.
func (p Properties) All(name string) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for i := range p {
			if p[i].Name == name && !yield(p[i].Value) {
				return
			}
		}
	}
}

// File is a file that a bundle names: either an attachment, which is a member
// of the zip, or content inside the XML, or a reference to another file.
type File struct {
	ID, Ref    string
	Name       string // with the section's base in front, joined by "/"
	Class      string // with the section's base in front, joined by "."
	Path       string // the member's name, for an attachment; else ""
	Type       string // a media type or another word for the format, or ""
	Size       int64  // in bytes, -1 when unknown
	Executable bool
	Hashes     []Hash // digests to verify
	Content    Value  // content inside the XML; null for an attachment
	Line       int
}

// Hash is a digest of a file in hexadecimal.
type Hash struct{ Algorithm, Digest string }
