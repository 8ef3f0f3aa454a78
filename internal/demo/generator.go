package demo

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// generator makes the files of one data set.
type generator struct {
	opt       Options
	yield     func(string, []byte) bool
	stopped   bool // the caller wants no more
	manifest  bytes.Buffer
	packer    packer
	pictures  gallery
	abilities map[*user]float64
	weights   int // of all assignments
	weighed   int // of those that are done
}

func newGenerator(opt Options, yield func(string, []byte) bool) *generator {
	opt.Results = min(max(opt.Results, 0), 20_000)
	return &generator{opt: opt, yield: yield, pictures: gallery{}, abilities: map[*user]float64{}}
}

// run makes everything and reports whether the caller took it all.
func (g *generator) run() bool {
	accounts := school()
	for _, a := range accounts {
		g.account(a)
	}
	for _, a := range accounts {
		for _, c := range a.courses {
			g.assignments(a, c)
		}
	}
	for _, a := range accounts {
		for _, c := range a.courses {
			g.results(a, c)
		}
	}
	return !g.stopped
}

// account writes an institution, its courses and its people.
func (g *generator) account(a *account) {
	g.line(accountLine{"account", a.guid, a.url, a.name, a.id})
	for _, c := range a.courses {
		g.line(courseLine{"course", a.guid, c.canvasID, c.code, c.name, c.active, c.valid, c.readonly})
		for _, s := range c.sections {
			g.line(sectionLine{"section", a.guid, s.canvasID, c.canvasID, s.name})
		}
	}
	ability := rand.New(rand.NewPCG(g.opt.Seed, uint64(a.id)))
	for _, u := range a.people {
		g.abilities[u] = ability.NormFloat64()
		g.line(userLine{"user", a.guid, u.canvasID, u.name, u.sortable, u.login})
	}
	for _, c := range a.courses {
		for _, e := range enrollments(a, c) {
			g.line(enrollmentLine{"enrollment", a.guid, c.canvasID, e.user.canvasID, e.role, e.section})
		}
	}
}

// assignments writes what a course has to hand in.
func (g *generator) assignments(a *account, c *course) {
	for _, each := range c.assignments {
		g.weights += each.weight
		l := assignmentLine{
			Type: "assignment", Account: a.guid, Course: c.canvasID, CanvasID: each.canvasID, Name: each.name,
			Active: !each.is(inactive), Published: !each.is(unpublished), Paused: each.is(paused),
		}
		if !each.is(bare) {
			l.Recipe = g.file(folder(a, c, each)+each.slug+"-recipe", each.recipe(&g.packer))
		}
		if !each.is(bare | noConfig) {
			l.Config = g.file(folder(a, c, each)+each.slug+"-config", each.config(&g.packer))
		}
		g.line(l)
	}
}

// results writes the results of a course in the order in which they came in.
func (g *generator) results(a *account, c *course) {
	type dated struct {
		at   time.Time
		line resultLine
	}
	var list []dated
	for _, each := range c.assignments {
		r := rand.New(rand.NewPCG(g.opt.Seed, uint64(c.canvasID)<<32|uint64(each.canvasID)))
		s := &sitting{r, &g.packer, g.pictures, c, each}
		for i, sub := range s.submissions(g.abilities, g.share(each)) {
			if g.stopped {
				return
			}
			list = append(list, dated{sub.at, g.result(a, s, &sub, i)})
		}
	}
	slices.SortStableFunc(list, func(x, y dated) int {
		return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.line.Attempt, y.line.Attempt))
	})
	for _, d := range list {
		g.line(d.line)
	}
}

// share is an assignment's part of all results; the parts add up exactly.
func (g *generator) share(a *assignment) int {
	before := g.opt.Results * g.weighed / g.weights
	g.weighed += a.weight
	return g.opt.Results*g.weighed/g.weights - before
}

func (g *generator) line(l any) { add(&g.manifest, l) }

// file hands a bundle to the caller and returns its path.
func (g *generator) file(path string, b bundleFile) string {
	path += b.extension
	if !g.stopped && !g.yield(path, b.content) {
		g.stopped = true
	}
	return path
}

// folder is where the files of an assignment lie.
func folder(a *account, c *course, each *assignment) string {
	return fmt.Sprintf("%d/%d/%d/", a.id, c.canvasID, each.canvasID)
}
