package bundle

// Config is the configuration that an assignment passes to its recipe.
type Config struct {
	ID      string
	Meta    Meta
	Options []Option
	Files   []File
}

func (d *decoder) config(e *element) (*Config, error) {
	c := &Config{ID: e.attr("id")}
	return c, d.eachChild(nil, func(e *element) error {
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
