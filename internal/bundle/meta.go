package bundle

import "strings"

// Meta describes a bundle or a step. Every element may be repeated.
type Meta struct {
	Names, Versions, Authors, Sources, Generators []string
	Descriptions                                  []Description
}

// Description is a text about a bundle or a step, without markup.
type Description struct {
	Lang string // xml:lang, or ""
	Text string
}

func (d *decoder) meta(m *Meta) error {
	return d.eachChild(nil, func(e *element) error {
		switch e.name {
		case "name":
			return d.appendText(&m.Names)
		case "version":
			return d.appendText(&m.Versions)
		case "author":
			return d.appendText(&m.Authors)
		case "source":
			return d.appendText(&m.Sources)
		case "generator":
			return d.appendText(&m.Generators)
		case "description":
			return d.description(e, &m.Descriptions)
		}
		return nil
	})
}

// appendText appends the text of an element, without markup.
func (d *decoder) appendText(dst *[]string) error {
	var b strings.Builder
	err := d.collectText(&b)
	*dst = append(*dst, strings.TrimSpace(b.String()))
	return err
}

// description appends a description, without markup.
func (d *decoder) description(e *element, dst *[]Description) error {
	var b strings.Builder
	err := d.collectText(&b)
	*dst = append(*dst, Description{e.lang(), strings.TrimSpace(b.String())})
	return err
}

// collectText collects the text of an element and its descendants.
func (d *decoder) collectText(b *strings.Builder) error {
	return d.eachChild(b, func(*element) error { return d.collectText(b) })
}
