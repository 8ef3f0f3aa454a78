package demo

import (
	"fmt"
	"time"
)

// maxBasicBytes is the size up to which basic bundles hold an attachment.
const maxBasicBytes = 120

// writeResult writes the bundles of the n-th submission of an assignment and
// returns its line for the manifest.
func (g *generator) writeResult(a *account, ag *assignmentGenerator, sub *submission, n int) resultLine {
	u := sub.team[0]
	l := resultLine{
		Type: "result", Account: a.guid, Course: ag.course.canvasID, Assignment: ag.assignment.canvasID, User: u.canvasID,
		Attempt: sub.attempt, SubmittedAt: formatTime(sub.at), IsLate: sub.late, State: sub.state, Group: groupIDs(ag.assignment, sub),
		PreviewURL: fmt.Sprintf("%s/courses/%d/assignments/%d/submissions/%d?preview=1&version=%d", a.url, ag.course.canvasID, ag.assignment.canvasID, u.canvasID, sub.attempt),
	}
	ag.setTimes(&l, sub)
	id := fmt.Sprintf("%s-%d-%d", ag.assignment.slug, u.canvasID, sub.attempt)
	path := assignmentFolder(a, ag.course, ag.assignment) + fmt.Sprintf("%d-%d.", u.canvasID, sub.attempt)
	states := ag.bundleStates(sub, n)
	if states.product == purged {
		l.Gone = append(l.Gone, "product")
	} else {
		l.Product = g.writeFile(path+"product", ag.product(id, sub))
	}
	if sub.state == "done" {
		g.writeResultsBundles(ag, ag.assess(sub), states, path, id, &l)
	}
	return l
}

// writeResultsBundles writes the results bundles that are present. If there are
// none, it adds the outcome to the line.
func (g *generator) writeResultsBundles(ag *assignmentGenerator, as *assessment, states bundleStates, path, id string, l *resultLine) {
	switch states.full {
	case present:
		xml, attachments := ag.resultsXML(id, as, 1<<20)
		l.Results = g.writeFile(path+"full", ag.newBundleFile("result.xml", xml, attachments))
	case purged:
		l.Gone = append(l.Gone, "full")
	}
	switch states.basic {
	case present:
		xml, attachments := ag.resultsXML(id, as, maxBasicBytes)
		l.Basic = g.writeFile(path+"basic", ag.newBundleFile("result.xml", xml, attachments))
	case purged:
		l.Gone = append(l.Gone, "basic")
	}
	if l.Results == "" && l.Basic == "" {
		l.outcomeFields = ag.outcomeFields(as)
	}
}

// groupIDs lists the members of the group, if the assignment has groups.
func groupIDs(a *assignment, sub *submission) []int64 {
	if !a.has(inGroups) {
		return nil
	}
	var ids []int64
	for _, u := range sub.team {
		ids = append(ids, u.canvasID)
	}
	return ids
}

// setTimes draws the times that a submission in its state has.
func (ag *assignmentGenerator) setTimes(l *resultLine, sub *submission) {
	queued := sub.at.Add(ag.randomDuration(time.Second, 12*time.Second))
	started := queued.Add(ag.randomDuration(40*time.Millisecond, 25*time.Second))
	processed := started.Add(ag.randomDuration(1500*time.Millisecond, 40*time.Second))
	switch sub.state {
	case "paused":
		return
	case "queued":
		l.QueuedAt = formatTime(queued)
		return
	case "processing":
		progress := float64(1+ag.IntN(15)) / 16
		if started.After(snapshotTime) {
			started = snapshotTime
		}
		l.QueuedAt, l.StartedAt, l.Progress = formatTime(queued), formatTime(started), &progress
		return
	}
	done := 1.0
	l.QueuedAt, l.StartedAt, l.ProcessedAt, l.Progress = formatTime(queued), formatTime(started), formatTime(processed), &done
}

// randomDuration draws a duration in microseconds, sometimes in whole seconds.
func (ag *assignmentGenerator) randomDuration(minimum, maximum time.Duration) time.Duration {
	d := minimum + time.Duration(ag.Int64N(int64(maximum-minimum)))
	if ag.IntN(8) == 0 {
		return max(d.Truncate(time.Second), time.Second)
	}
	return d.Truncate(time.Microsecond)
}
