package bundle

import "strings"

// decoder reads what the kinds of bundle have in common. Children may come in
// any order and sections may repeat; unknown elements are skipped.
type decoder struct {
	*scanner
	attachments []File // every attachment met, in document order
}

func (d *decoder) meta(m *Meta) error {
	return d.children(nil, func(e *element) error {
		switch e.name {
		case "name":
			return d.words(&m.Names)
		case "version":
			return d.words(&m.Versions)
		case "author":
			return d.words(&m.Authors)
		case "source":
			return d.words(&m.Sources)
		case "generator":
			return d.words(&m.Generators)
		case "description":
			return d.description(e, &m.Descriptions)
		}
		return nil
	})
}

// words appends the text of an element without markup.
func (d *decoder) words(to *[]string) error {
	var b strings.Builder
	err := d.allText(&b)
	*to = append(*to, strings.TrimSpace(b.String()))
	return err
}

// description keeps the words of its markup and drops the tags.
func (d *decoder) description(e *element, to *[]Description) error {
	var b strings.Builder
	err := d.allText(&b)
	*to = append(*to, Description{e.lang(), strings.TrimSpace(b.String())})
	return err
}

// allText gathers the text of an element and of everything in it.
func (d *decoder) allText(b *strings.Builder) error {
	return d.children(b, func(*element) error { return d.allText(b) })
}

// options reads a section of options and hands its domain down to them.
func (d *decoder) options(section *element, to *[]Option) error {
	return d.children(nil, func(e *element) error {
		if e.name != "option" {
			return nil
		}
		o := Option{ID: e.attr("id"), Ref: e.attr("ref"), Name: e.attr("name"), Description: e.attr("description")}
		var own bool
		if o.Domain, own = e.lookup("domain"); !own {
			o.Domain = section.attr("domain")
		}
		var err error
		o.Value, err = d.value(e)
		*to = append(*to, o)
		return err
	})
}

func (d *decoder) properties(to *Properties) error {
	return d.children(nil, func(e *element) error {
		if e.name != "property" {
			return nil
		}
		p := Property{Name: e.attr("name"), Accept: e.attr("accept")}
		if p.Name == "" {
			return d.fail(e.line, "<property> has no name")
		}
		var err error
		p.Value, err = d.value(e)
		*to = append(*to, p)
		return err
	})
}

// value reads what a property or an option holds: its value attribute, which
// wins, or its content.
func (d *decoder) value(e *element) (Value, error) {
	if v, ok := e.lookup("value"); ok {
		return typed(e.attr("type"), v), nil
	}
	return d.content(e)
}

// content reads <true/>, <false/>, <none/>, or else text. Text of blanks alone
// is layout and counts as none.
func (d *decoder) content(e *element) (Value, error) {
	var v Value
	var word bool
	var b strings.Builder
	err := d.children(&b, func(e *element) error {
		switch e.name {
		case "true", "false":
			v, word = Boolean(e.name == "true"), true
		case "none":
			v, word = Value{}, true
		}
		return nil
	})
	s := b.String()
	if err != nil || word || strings.TrimSpace(s) == "" {
		return v, err
	}
	encoding := e.attr("encoding")
	if encoding == "" {
		return typed(e.attr("type"), s), nil
	}
	content, reason := decodeContent(encoding, s)
	if reason != "" {
		return v, d.fail(e.line, "<%s> %s: %s", e.name, shown(e.attr("name")), reason)
	}
	return Bytes(content), nil
}
