package demo

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
)

// recipe returns the recipe of an assignment: a zip with the inputs of its
// tests, or plain XML when it has none.
func (a *assignment) recipe(p *zipPacker) bundleFile {
	d := newDocument("recipe", a.slug)
	d.start("meta")
	d.text("name", a.name)
	d.text("version", "1.2")
	d.text("author", "Demo staff")
	d.text("description", "Checks “"+a.slug+"” in "+a.lang.name+".", "xml:lang", "en")
	d.end()
	a.checklets(d)
	inputs := a.inputs()
	if len(inputs) > 0 {
		writeFileSection(d, "input", inputs)
	}
	d.start("steps")
	for i := range a.steps {
		a.step(d, i)
	}
	return p.newBundleFile("recipe.xml", d.bytes(), inputs)
}

func (a *assignment) checklets(d *xmlDocument) {
	d.start("checklets")
	for i := range a.steps {
		id := a.steps[i].id
		d.empty("checklet", "id", id+"-checklet", "name", "demo-"+a.lang.checklet+"-"+id, "version", "~=1.0")
	}
	d.end()
}

// step writes one step of the recipe.
func (a *assignment) step(d *xmlDocument, i int) {
	s := &a.steps[i]
	priority := "normal"
	if s.role == gate || s.role == finalize {
		priority = "must-pass"
	}
	d.start("step", "id", s.id, "priority", priority)
	if before := dependencies(a.steps, i); len(before) > 0 {
		d.start("dependencies")
		for _, id := range before {
			d.empty("depends", "step", id)
		}
		d.end()
	}
	d.empty("checklet", "ref", s.id+"-checklet")
	if s.tasks != nil {
		d.start("options", "domain", "scheduler")
		d.empty("option", "name", "tasks", "value", strings.Trim(strings.ReplaceAll(fmt.Sprint(s.tasks), " ", "."), "[]"))
		d.end()
	}
	d.start("options")
	d.empty("option", "name", "label", "value", s.label)
	d.end()
	d.end()
}

// inputs returns the input files of the tests.
func (a *assignment) inputs() []member {
	var files []member
	for i := range a.steps {
		s := &a.steps[i]
		if s.role != test || s.tasks == nil {
			continue
		}
		for n, suffix := range s.taskSuffixes() {
			text := fmt.Sprintf("%s\n%s\n", a.slug, strings.Repeat(testCases[n%len(testCases)]+" ", n+1))
			files = append(files, member{"tests/" + s.id + suffix + ".in", []byte(text)})
		}
	}
	return files
}

// writeFileSection writes a section of attachments with sizes and digests.
func writeFileSection(d *xmlDocument, class string, members []member) {
	d.start("files")
	for _, m := range members {
		d.empty("file", "class", class, "name", m.path, "size", strconv.Itoa(len(m.content)), "sha256", fmt.Sprintf("%x", sha256.Sum256(m.content)))
	}
	d.end()
}

// config returns the configuration of an assignment: plain XML, or a zip.
func (a *assignment) config(p *zipPacker) bundleFile {
	d := newDocument("config", a.slug+"-config")
	d.start("options")
	d.empty("option", "name", "language", "value", a.lang.name)
	d.trueElement("option", "name", "strict")
	d.end()
	d.start("options", "domain", "scheduler")
	d.empty("option", "name", "time-limit", "type", "integer", "value", "2")
	d.end()
	var extra []member
	if a.has(zipConfig) {
		extra = []member{{"rubric/" + a.slug + ".md", []byte("# " + a.name + "\n\n- works: 8 points\n- reads well: 2 points\n")}}
		writeFileSection(d, "rubric", extra)
	}
	return p.newBundleFile("config.xml", d.bytes(), extra)
}
