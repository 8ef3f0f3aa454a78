package demo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/bundle"
)

// features is the set of features that occur in a data set.
type features map[string]bool

func (f features) add(occurs bool, format string, args ...any) {
	if occurs {
		f[fmt.Sprintf(format, args...)] = true
	}
}

// The demo data has an example of every feature.
func TestEveryFeatureOccurs(t *testing.T) {
	t.Parallel()
	d := decode(t, defaultFiles())
	f := features{}
	f.addManifest(d)
	for _, l := range d.results {
		f.addResult(l)
	}
	for i := 0; i < len(d.results) && f.missing() != nil; i++ {
		f.addBundles(t, d, d.results[i*37%len(d.results)]) // visits all courses early
	}
	for _, kind := range f.missing() {
		t.Errorf("the data set has no %s", kind)
	}
}

const requiredFeatures = `
course active true, valid true, readonly false
course active false, valid true, readonly true
course active false, valid false, readonly false
role teacher
role ta
role designer
role student
enrollment without section
student in two sections
two roles in a course
login missing
user id above 2^53
name with =
name with '
name with <
name with ,
name with é
name with 🎈
name with 林
name with ل
assignment without configuration
assignment with recipe alone
recipe zip
recipe xml
config zip
config xml
assignment paused
assignment unpublished
assignment inactive
state paused
state queued
state processing
state done
attempt 1
attempt 2
attempt 3
attempt 4
late true
late false
microseconds true
microseconds false
group of 2
group of 3
group of 4
gone basic
gone full
gone product
bundles full basic
bundles basic
bundles full
result without bundle, accepted true, error false
result without bundle, accepted false, error false
result without bundle, accepted false, error true
results zip
results xml
product zip
product xml
outcome pass
outcome fail
outcome error
outcome missing
outcome secret
task pass
task fail
task skip
step secret
step hidden
step with several tasks
step with a grid of tasks
half points
reviewer score differs
report in several blocks
attachment text/plain
attachment image/png
attachment text/html
file with md5
file with sha1
file with sha256
XML with encoding="quopri"
XML with encoding="base64"
XML with name="deps-error"
XML with name="skipped"
XML with name="checklet-warning"
XML with name="preflight-trigger"
XML with name="reportCss"
report with script
`

func (f features) missing() []string {
	var list []string
	for kind := range strings.SplitSeq(strings.TrimSpace(requiredFeatures), "\n") {
		if !f[kind] {
			list = append(list, kind)
		}
	}
	return list
}

func (f features) addManifest(d *dataset) {
	for _, l := range d.courses {
		f.add(true, "course active %v, valid %v, readonly %v", l.Active, l.Valid, l.Readonly)
	}
	roles, sections := map[string]string{}, map[string]int64{}
	for _, l := range d.enrollments {
		key := fmt.Sprint(l.Account, l.Course, l.User)
		f.add(true, "role %s", l.Role)
		f.add(l.Section == 0, "enrollment without section")
		f.add(roles[key] != "" && roles[key] != l.Role, "two roles in a course")
		f.add(l.Role == "student" && sections[key] != 0, "student in two sections")
		roles[key], sections[key] = l.Role, l.Section
	}
	for _, l := range d.users {
		f.add(l.LoginID == nil, "login missing")
		f.add(l.CanvasID > 1<<53, "user id above 2^53")
		f.add(strings.HasPrefix(l.Name, "="), "name with =")
		for _, s := range []string{"'", "<", ",", "é", "🎈", "林", "ل"} {
			f.add(strings.Contains(l.Name, s), "name with %s", s)
		}
	}
	for _, l := range d.assignments {
		f.add(l.Recipe == "" && l.Config == "", "assignment without configuration")
		f.add(l.Recipe != "" && l.Config == "", "assignment with recipe alone")
		f.add(true, "recipe %s", l.Recipe[strings.LastIndex(l.Recipe, ".")+1:])
		f.add(true, "config %s", l.Config[strings.LastIndex(l.Config, ".")+1:])
		f.add(l.Paused, "assignment paused")
		f.add(!l.Published, "assignment unpublished")
		f.add(!l.Active, "assignment inactive")
	}
}

func (f features) addResult(l line) {
	f.add(true, "state %s", l.State)
	f.add(true, "attempt %d", l.Attempt)
	f.add(true, "late %v", l.IsLate)
	f.add(!l.QueuedAt.IsZero(), "microseconds %v", l.QueuedAt.Nanosecond() > 0)
	f.add(l.Group != nil, "group of %d", len(l.Group))
	for _, kind := range l.Gone {
		f.add(true, "gone %s", kind)
	}
	var bundles []string
	if l.Results != "" {
		bundles = append(bundles, "full")
	}
	if l.Basic != "" {
		bundles = append(bundles, "basic")
	}
	f.add(bundles != nil, "bundles %s", strings.Join(bundles, " "))
	f.add(strings.HasSuffix(l.Product, ".zip"), "product zip")
	f.add(strings.HasSuffix(l.Product, ".xml"), "product xml")
	if l.Accepted != nil {
		f.add(true, "result without bundle, accepted %v, error %v", *l.Accepted, *l.HasError)
	}
}

func (f features) addBundles(t *testing.T, d *dataset, l line) {
	t.Helper()
	for _, p := range []string{l.Results, l.Basic} {
		if p == "" {
			continue
		}
		b := d.open(t, p)
		text := xmlText(t, b)
		f.add(true, "results %s", b.Format())
		for _, s := range []string{`encoding="quopri"`, `encoding="base64"`, `name="deps-error"`, `name="skipped"`, `name="checklet-warning"`, `name="preflight-trigger"`, `name="reportCss"`} {
			f.add(strings.Contains(text, s), "XML with %s", s)
		}
		a := bundle.Assess(b.Results(), nil)
		f.add(a.Secret, "outcome secret")
		f.add(a.Score != nil && *a.Score != *a.ScoreReviewer, "reviewer score differs")
		for _, tasks := range a.Steps {
			f.add(len(tasks) > 1, "step with several tasks")
			f.add(strings.Count(tasks[0].ID, ".") == 2, "step with a grid of tasks")
		}
		for _, s := range slices.Concat(a.Steps...) {
			f.add(s.Secret, "step secret")
			f.add(s.Hidden, "step hidden")
			f.add(s.Score != nil && s.MaxScore != nil && *s.Score*2 == *s.MaxScore && *s.Score > 0, "half points")
		}
		f.addTasks(b)
	}
}

func (f features) addTasks(b *bundle.Bundle) {
	finalize := "missing"
	for _, r := range b.Results().Results {
		f.add(true, "task %s", r.Outcome)
		if r.TaskID == "finalize" {
			finalize = string(r.Outcome)
		}
		blocks := 0
		for v := range r.Properties.All("report") {
			blocks++
			f.add(strings.Contains(v.Text(), "<script>"), "report with script")
		}
		f.add(blocks > 1, "report in several blocks")
		for _, file := range r.Files {
			f.add(file.Path == "result/"+r.TaskID+"/"+file.Name, "attachment %s", file.Type)
			for _, h := range file.Hashes {
				f.add(true, "file with %s", h.Algorithm)
			}
		}
	}
	f.add(true, "outcome %s", finalize)
}
