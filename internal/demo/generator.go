package demo

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// generator generates the files of one data set.
type generator struct {
	options         Options
	yield           func(string, []byte) bool
	stopped         bool // yield returned false
	manifest        bytes.Buffer
	packer          zipPacker
	charts          chartCache
	abilities       map[*user]float64
	totalWeight     int // of all assignments
	processedWeight int // of the assignments so far
}

func newGenerator(options Options, yield func(string, []byte) bool) *generator {
	options.Results = min(max(options.Results, 0), 20_000)
	return &generator{options: options, yield: yield, charts: chartCache{}, abilities: map[*user]float64{}}
}

// writeAll writes every file but the manifest, and returns false when yield did.
func (g *generator) writeAll() bool {
	accounts := newAccounts()
	for _, a := range accounts {
		g.writeAccount(a)
	}
	for _, a := range accounts {
		for _, c := range a.courses {
			g.writeAssignments(a, c)
		}
	}
	for _, a := range accounts {
		for _, c := range a.courses {
			g.writeResults(a, c)
		}
	}
	return !g.stopped
}

// writeAccount writes an institution, its courses and its users.
func (g *generator) writeAccount(a *account) {
	g.writeLine(accountLine{"account", a.guid, a.url, a.name, a.id})
	for _, c := range a.courses {
		g.writeLine(courseLine{"course", a.guid, c.canvasID, c.code, c.name, c.active, c.valid, c.readonly})
		for _, s := range c.sections {
			g.writeLine(sectionLine{"section", a.guid, s.canvasID, c.canvasID, s.name})
		}
	}
	ability := rand.New(rand.NewPCG(g.options.Seed, uint64(a.id)))
	for _, u := range a.users {
		g.abilities[u] = ability.NormFloat64()
		g.writeLine(userLine{"user", a.guid, u.canvasID, u.name, u.sortableName, u.loginID})
	}
	for _, c := range a.courses {
		for _, e := range courseEnrollments(a, c) {
			g.writeLine(enrollmentLine{"enrollment", a.guid, c.canvasID, e.user.canvasID, e.role, e.section})
		}
	}
}

// writeAssignments writes the assignments of a course and their bundles.
func (g *generator) writeAssignments(a *account, c *course) {
	for _, asg := range c.assignments {
		g.totalWeight += asg.weight
		l := assignmentLine{
			Type: "assignment", Account: a.guid, Course: c.canvasID, CanvasID: asg.canvasID, Name: asg.name,
			Active: !asg.has(inactive), Published: !asg.has(unpublished), Paused: asg.has(paused),
		}
		if !asg.has(unconfigured) {
			l.Recipe = g.writeFile(assignmentFolder(a, c, asg)+asg.slug+"-recipe", asg.recipe(&g.packer))
		}
		if !asg.has(unconfigured | noConfig) {
			l.Config = g.writeFile(assignmentFolder(a, c, asg)+asg.slug+"-config", asg.config(&g.packer))
		}
		g.writeLine(l)
	}
}

// writeResults writes the results of a course in order of submission.
func (g *generator) writeResults(a *account, c *course) {
	type timedLine struct {
		at   time.Time
		line resultLine
	}
	var list []timedLine
	for _, asg := range c.assignments {
		r := rand.New(rand.NewPCG(g.options.Seed, uint64(c.canvasID)<<32|uint64(asg.canvasID)))
		ag := &assignmentGenerator{r, &g.packer, g.charts, c, asg}
		for i, sub := range ag.submissions(g.abilities, g.resultCount(asg)) {
			if g.stopped {
				return
			}
			list = append(list, timedLine{sub.at, g.writeResult(a, ag, &sub, i)})
		}
	}
	slices.SortStableFunc(list, func(x, y timedLine) int {
		return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.line.Attempt, y.line.Attempt))
	})
	for _, tl := range list {
		g.writeLine(tl.line)
	}
}

// resultCount returns the number of results of an assignment. The numbers of
// all assignments add up to options.Results.
func (g *generator) resultCount(a *assignment) int {
	before := g.options.Results * g.processedWeight / g.totalWeight
	g.processedWeight += a.weight
	return g.options.Results*g.processedWeight/g.totalWeight - before
}

func (g *generator) writeLine(l any) { appendLine(&g.manifest, l) }

// writeFile yields a bundle and returns its path.
func (g *generator) writeFile(path string, b bundleFile) string {
	path += b.extension
	if !g.stopped && !g.yield(path, b.content) {
		g.stopped = true
	}
	return path
}

// assignmentFolder returns the folder for the files of an assignment.
func assignmentFolder(a *account, c *course, asg *assignment) string {
	return fmt.Sprintf("%d/%d/%d/", a.id, c.canvasID, asg.canvasID)
}
