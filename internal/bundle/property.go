package bundle

import "iter"

// Option is a setting for a checklet.
type Option struct {
	ID, Ref, Name string
	Domain        string // its own domain, else the domain of its section
	Description   string
	Value         Value
}

// Property is a value that a checklet, or the sender of a product, reports.
type Property struct {
	Name   string
	Accept string
	Value  Value
}

// Properties are in document order. When a name repeats, the first counts.
type Properties []Property

// First returns the first value of a name; ok is false when there is none.
func (p Properties) First(name string) (v Value, ok bool) {
	for v := range p.All(name) {
		return v, true
	}
	return Value{}, false
}

// All returns every value of a name: a long report has several.
func (p Properties) All(name string) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for i := range p {
			if p[i].Name == name && !yield(p[i].Value) {
				return
			}
		}
	}
}

// options decodes a section of options, which inherit the section's domain.
func (d *decoder) options(section *element, dst *[]Option) error {
	return d.eachChild(nil, func(e *element) error {
		if e.name != "option" {
			return nil
		}
		o := Option{ID: e.attr("id"), Ref: e.attr("ref"), Name: e.attr("name"), Description: e.attr("description")}
		var ok bool
		if o.Domain, ok = e.lookup("domain"); !ok {
			o.Domain = section.attr("domain")
		}
		var err error
		o.Value, err = d.value(e)
		*dst = append(*dst, o)
		return err
	})
}

func (d *decoder) properties(dst *Properties) error {
	return d.eachChild(nil, func(e *element) error {
		if e.name != "property" {
			return nil
		}
		p := Property{Name: e.attr("name"), Accept: e.attr("accept")}
		if p.Name == "" {
			return d.errorf(e.line, "<property> has no name")
		}
		var err error
		p.Value, err = d.value(e)
		*dst = append(*dst, p)
		return err
	})
}
