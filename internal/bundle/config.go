package bundle

// Config is what an assignment sets for its recipe.
type Config struct {
	ID      string
	Meta    Meta
	Options []Option
	Files   []File
}

// Product is what a student handed in.
type Product struct {
	ID         string
	Meta       Meta
	Options    []Option
	Properties Properties
	Files      []File
}

func (d *decoder) config(e *element) (*Config, error) {
	c := &Config{ID: e.attr("id")}
	return c, d.children(nil, func(e *element) error {
		switch e.name {
		case "meta":
			return d.meta(&c.Meta)
		case "options":
			return d.options(e, &c.Options)
		case "files":
			return d.files(e, &c.Files)
		}
		return nil
	})
}

func (d *decoder) product(e *element) (*Product, error) {
	p := &Product{ID: e.attr("id")}
	return p, d.children(nil, func(e *element) error {
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
