package bundle

// Product is a student's submission.
type Product struct {
	ID         string
	Meta       Meta
	Options    []Option
	Properties Properties
	Files      []File
}

func (d *decoder) product(e *element) (*Product, error) {
	p := &Product{ID: e.attr("id")}
	return p, d.eachChild(nil, func(e *element) error {
		switch e.name {
		case "meta":
			return d.meta(&p.Meta)
		case "options":
			return d.options(e, &p.Options)
		case "properties":
			return d.properties(&p.Properties)
		case "files":
			return d.files(e, &p.Files)
		}
		return nil
	})
}
