package bundle

// Recipe says which steps check a product. Its tests are not read.
type Recipe struct {
	ID        string
	Meta      Meta
	Options   []Option
	Checklets []Checklet
	Files     []File
	Steps     []Step
}

// Checklet names the program that does a step's work, or refers to one by id.
type Checklet struct {
	ID, Ref, Name, Version string
	Options                []Option
}

// Step is one step of a recipe.
type Step struct {
	ID       string
	Priority Priority
	Depends  []string // ids of the steps and tasks it waits for; may hold the placeholders $0 and $@
	Meta     Meta
	Checklet *Checklet // nil when the step names none
	Options  []Option
	Files    []File
	Line     int // of its start tag
}

// Priority says in which order steps run.
type Priority string

// The five priorities.
const (
	PriorityMustPass Priority = "must-pass"
	PriorityHigh     Priority = "high"
	PriorityNormal   Priority = "normal"
	PriorityLow      Priority = "low"
	PriorityDefault  Priority = "default"
)

func priority(s string) Priority {
	switch p := Priority(s); p {
	case PriorityMustPass, PriorityHigh, PriorityNormal, PriorityLow:
		return p
	}
	return PriorityDefault
}

func (d *decoder) recipe(e *element) (*Recipe, error) {
	r := &Recipe{ID: e.attr("id")}
	seen := map[string]int{}
	return r, d.children(nil, func(e *element) error {
		switch e.name {
		case "meta":
			return d.meta(&r.Meta)
		case "options":
			return d.options(e, &r.Options)
		case "checklets":
			return d.checklets(&r.Checklets)
		case "files":
			return d.files(e, &r.Files)
		case "steps":
			return d.steps(r, seen)
		}
		return nil
	})
}

// steps reads a section of steps; what it says for all of them joins what the
// recipe says.
func (d *decoder) steps(r *Recipe, seen map[string]int) error {
	return d.children(nil, func(e *element) error {
		switch e.name {
		case "step":
			s, err := d.step(e, seen)
			r.Steps = append(r.Steps, s)
			return err
		case "options":
			return d.options(e, &r.Options)
		case "checklets":
			return d.checklets(&r.Checklets)
		}
		return nil
	})
}

func (d *decoder) step(e *element, seen map[string]int) (Step, error) {
	s := Step{ID: e.attr("id"), Priority: priority(e.attr("priority")), Line: e.line}
	if s.ID == "" {
		return s, d.fail(e.line, "<step> has no id")
	}
	if line, twice := seen[s.ID]; twice {
		return s, d.fail(e.line, "the step id %s is taken by the step on line %d", shown(s.ID), line)
	}
	seen[s.ID] = e.line
	err := d.children(nil, func(e *element) error {
		switch e.name {
		case "meta":
			return d.meta(&s.Meta)
		case "dependencies":
			return d.dependencies(&s.Depends)
		case "checklet":
			s.Checklet = &Checklet{}
			return d.checklet(e, s.Checklet)
		case "options":
			return d.options(e, &s.Options)
		case "files":
			return d.files(e, &s.Files)
		}
		return nil
	})
	return s, err
}

func (d *decoder) dependencies(to *[]string) error {
	return d.children(nil, func(e *element) error {
		if e.name != "depends" {
			return nil
		}
		step := e.attr("step")
		if step == "" {
			return d.fail(e.line, "<depends> has no step attribute")
		}
		*to = append(*to, step)
		return nil
	})
}

func (d *decoder) checklets(to *[]Checklet) error {
	return d.children(nil, func(e *element) error {
		if e.name != "checklet" {
			return nil
		}
		*to = append(*to, Checklet{})
		return d.checklet(e, &(*to)[len(*to)-1])
	})
}

func (d *decoder) checklet(e *element, c *Checklet) error {
	c.ID, c.Ref, c.Name, c.Version = e.attr("id"), e.attr("ref"), e.attr("name"), e.attr("version")
	return d.children(nil, func(e *element) error {
		if e.name == "options" {
			return d.options(e, &c.Options)
		}
		return nil
	})
}
