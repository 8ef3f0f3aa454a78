package bundle

// Recipe lists the steps that check a product. Open does not decode its tests.
type Recipe struct {
	ID        string
	Meta      Meta
	Options   []Option
	Checklets []Checklet
	Files     []File
	Steps     []Step
}

// Checklet names the program that runs a step, or refers to one by id.
type Checklet struct {
	ID, Ref, Name, Version string
	Options                []Option
}

// Step is one step of a recipe.
type Step struct {
	ID       string
	Priority Priority
	Depends  []string // ids of the steps and tasks that must run first; may hold the placeholders $0 and $@
	Meta     Meta
	Checklet *Checklet // nil when absent
	Options  []Option
	Files    []File
	Line     int // of its start tag
}

// Priority decides the order in which steps run.
type Priority string

// The five priorities.
const (
	PriorityMustPass Priority = "must-pass"
	PriorityHigh     Priority = "high"
	PriorityNormal   Priority = "normal"
	PriorityLow      Priority = "low"
	PriorityDefault  Priority = "default"
)

func parsePriority(s string) Priority {
	switch p := Priority(s); p {
	case PriorityMustPass, PriorityHigh, PriorityNormal, PriorityLow:
		return p
	}
	return PriorityDefault
}

func (d *decoder) recipe(e *element) (*Recipe, error) {
	r := &Recipe{ID: e.attr("id")}
	lineOfStep := map[string]int{}
	return r, d.eachChild(nil, func(e *element) error {
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
			return d.steps(r, lineOfStep)
		}
		return nil
	})
}

// steps decodes a section of steps; its options and checklets are added to
// those of the recipe.
func (d *decoder) steps(r *Recipe, lineOfStep map[string]int) error {
	return d.eachChild(nil, func(e *element) error {
		switch e.name {
		case "step":
			s, err := d.step(e, lineOfStep)
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

func (d *decoder) step(e *element, lineOfStep map[string]int) (Step, error) {
	s := Step{ID: e.attr("id"), Priority: parsePriority(e.attr("priority")), Line: e.line}
	if s.ID == "" {
		return s, d.errorf(e.line, "<step> has no id")
	}
	if line, duplicate := lineOfStep[s.ID]; duplicate {
		return s, d.errorf(e.line, "the step on line %[2]d has the step id %[1]s already", printable(s.ID), line)
	}
	lineOfStep[s.ID] = e.line
	err := d.eachChild(nil, func(e *element) error {
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

func (d *decoder) dependencies(dst *[]string) error {
	return d.eachChild(nil, func(e *element) error {
		if e.name != "depends" {
			return nil
		}
		step := e.attr("step")
		if step == "" {
			return d.errorf(e.line, "<depends> has no step attribute")
		}
		*dst = append(*dst, step)
		return nil
	})
}

func (d *decoder) checklets(dst *[]Checklet) error {
	return d.eachChild(nil, func(e *element) error {
		if e.name != "checklet" {
			return nil
		}
		*dst = append(*dst, Checklet{})
		return d.checklet(e, &(*dst)[len(*dst)-1])
	})
}

func (d *decoder) checklet(e *element, c *Checklet) error {
	c.ID, c.Ref, c.Name, c.Version = e.attr("id"), e.attr("ref"), e.attr("name"), e.attr("version")
	return d.eachChild(nil, func(e *element) error {
		if e.name == "options" {
			return d.options(e, &c.Options)
		}
		return nil
	})
}
