package demo

import (
	"fmt"
	"time"
)

// small is the size up to which an attachment stays in a basic bundle.
const small = 120

// result writes the files of a submission and makes its line. n counts the
// submissions of the assignment.
func (g *generator) result(a *account, s *sitting, sub *submission, n int) resultLine {
	u := sub.team[0]
	l := resultLine{
		Type: "result", Account: a.guid, Course: s.c.canvasID, Assignment: s.a.canvasID, User: u.canvasID,
		Attempt: sub.attempt, SubmittedAt: stamp(sub.at), IsLate: sub.late, State: sub.state, Group: group(s.a, sub),
		PreviewURL: fmt.Sprintf("%s/courses/%d/assignments/%d/submissions/%d?preview=1&version=%d", a.url, s.c.canvasID, s.a.canvasID, u.canvasID, sub.attempt),
	}
	s.clock(&l, sub)
	id := fmt.Sprintf("%s-%d-%d", s.a.slug, u.canvasID, sub.attempt)
	path := folder(a, s.c, s.a) + fmt.Sprintf("%d-%d.", u.canvasID, sub.attempt)
	kept := s.fates(sub, n)
	if kept.product == gone {
		l.Gone = append(l.Gone, "product")
	} else {
		l.Product = g.file(path+"product", s.product(id, sub))
	}
	if sub.state == "done" {
		g.found(s, s.judge(sub), kept, path, id, &l)
	}
	return l
}

// found writes the results bundles that are still there, and spells out the
// outcome where none is.
func (g *generator) found(s *sitting, v *verdict, kept keeping, path, id string, l *resultLine) {
	switch kept.full {
	case there:
		xml, attachments := s.resultsXML(id, v, 1<<20)
		l.Results = g.file(path+"full", s.bundle("result.xml", xml, attachments))
	case gone:
		l.Gone = append(l.Gone, "full")
	}
	switch kept.basic {
	case there:
		xml, attachments := s.resultsXML(id, v, small)
		l.Basic = g.file(path+"basic", s.bundle("result.xml", xml, attachments))
	case gone:
		l.Gone = append(l.Gone, "basic")
	}
	if l.Results == "" && l.Basic == "" {
		l.outcomeFields = s.outcome(v)
	}
}

// group lists everybody whose work it is, where the assignment has groups.
func group(a *assignment, sub *submission) []int64 {
	if !a.is(inGroups) {
		return nil
	}
	var ids []int64
	for _, u := range sub.team {
		ids = append(ids, u.canvasID)
	}
	return ids
}

// clock draws when a submission was queued, started and done, as far as its
// state goes.
func (s *sitting) clock(l *resultLine, sub *submission) {
	queued := sub.at.Add(s.between(time.Second, 12*time.Second))
	started := queued.Add(s.between(40*time.Millisecond, 25*time.Second))
	processed := started.Add(s.between(1500*time.Millisecond, 40*time.Second))
	switch sub.state {
	case "paused":
		return
	case "queued":
		l.QueuedAt = stamp(queued)
		return
	case "processing":
		progress := float64(1+s.IntN(15)) / 16
		if started.After(snapshot) {
			started = snapshot
		}
		l.QueuedAt, l.StartedAt, l.Progress = stamp(queued), stamp(started), &progress
		return
	}
	done := 1.0
	l.QueuedAt, l.StartedAt, l.ProcessedAt, l.Progress = stamp(queued), stamp(started), stamp(processed), &done
}

// between draws a duration in microseconds, or in whole seconds now and then.
func (s *sitting) between(least, most time.Duration) time.Duration {
	d := least + time.Duration(s.Int64N(int64(most-least)))
	if s.IntN(8) == 0 {
		return max(d.Truncate(time.Second), time.Second)
	}
	return d.Truncate(time.Microsecond)
}
