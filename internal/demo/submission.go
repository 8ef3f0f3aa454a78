package demo

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// submission is one attempt of a student or a group.
type submission struct {
	team    []*user // the first user submits
	ability float64 // of the team
	attempt int
	latest  bool
	at      time.Time
	late    bool
	state   string
	planned plannedOutcome
}

// plannedOutcome fixes the outcome of a submission, unless it is planRandom.
type plannedOutcome int

const (
	planRandom plannedOutcome = iota
	planFail
	planPass
	planError      // finalize ends with an error
	planNoFinalize // finalize is missing
)

// assignmentGenerator generates the submissions and results of one assignment.
type assignmentGenerator struct {
	*rand.Rand
	*zipPacker
	chartCache
	course     *course
	assignment *assignment
}

// submissions returns n attempts, those of each team in order of time.
func (ag *assignmentGenerator) submissions(abilities map[*user]float64, n int) []submission {
	if n == 0 {
		return nil
	}
	teams := ag.teams(abilities)
	ag.Shuffle(len(teams)-1, func(i, j int) { teams[i+1], teams[j+1] = teams[j+1], teams[i+1] }) // the sample user stays
	teams = teams[:min(len(teams), int(math.Ceil(float64(n)/1.6)))]
	var list []submission
	for i, attempts := range ag.attemptCounts(teams, n) {
		list = append(list, ag.teamSubmissions(teams[i], attempts)...)
	}
	ag.setStates(list)
	return list
}

// team is a student or a homework group.
type team struct {
	members []*user
	ability float64
}

// teams returns single students, or groups of two to four.
func (ag *assignmentGenerator) teams(abilities map[*user]float64) []team {
	var list []team
	for rest := ag.course.students; len(rest) > 0; {
		size := 1
		if ag.assignment.has(inGroups) {
			size = 2 + len(list)%3
			if left := len(rest) - size; left == 1 {
				size = max(2, size-1) // avoid a last group of one
			}
		}
		size = min(size, len(rest))
		t := team{members: rest[:size:size]}
		for _, u := range t.members {
			t.ability += abilities[u] / float64(size)
		}
		list, rest = append(list, t), rest[size:]
	}
	return list
}

// attemptCounts distributes n attempts among the teams, at least one each.
// Weaker teams have more attempts, up to four unless n requires more.
func (ag *assignmentGenerator) attemptCounts(teams []team, n int) []int {
	list := make([]int, len(teams))
	for i := range list {
		list[i] = 1
	}
	maxAttempts := max(4, n/len(list)+2)
	if ag.isSample() && n > len(list) {
		list[0] = 2 // the loop below skips the sample
	}
	for remaining := n - len(teams) - (list[0] - 1); remaining > 0; {
		i, j := ag.IntN(len(teams)), ag.IntN(len(teams))
		if teams[j].ability < teams[i].ability {
			i = j
		}
		if list[i] < maxAttempts && (i > 0 || !ag.isSample()) {
			list[i]++
			remaining--
		}
	}
	return list
}

func (ag *assignmentGenerator) isSample() bool {
	return ag.assignment.canvasID == SampleAssignment && ag.course.canvasID == SampleCourse
}

// teamSubmissions returns the n attempts of one team.
func (ag *assignmentGenerator) teamSubmissions(t team, n int) []submission {
	times := ag.submissionTimes(n)
	list := make([]submission, n)
	for i := range list {
		list[i] = submission{
			team: t.members, ability: t.ability, attempt: i + 1, latest: i == n-1,
			at: times[i], late: times[i].After(ag.assignment.due), state: "done",
		}
	}
	if ag.isSample() && t.members[0].canvasID == SampleUser {
		list[0].planned, list[n-1].planned = planFail, planPass
	}
	return list
}

// submissionTimes draws n times in order: most of them on the last day before
// the assignment is due, few after.
func (ag *assignmentGenerator) submissionTimes(n int) []time.Time {
	last := snapshotTime.Add(-15 * time.Minute) // leaves time to process them
	end := ag.assignment.due
	if end.After(last) {
		end = last
	}
	list := make([]time.Time, n)
	for i := range list {
		early := min(ag.ExpFloat64()*26, 9*24)
		list[i] = end.Add(-time.Duration(early * float64(time.Hour))).Truncate(time.Second)
	}
	if ag.assignment.due.Before(last) && ag.IntN(12) == 0 {
		list[0] = end.Add(time.Duration(1+ag.IntN(40*60)) * time.Minute)
	}
	slices.SortFunc(list, time.Time.Compare)
	for i := n - 2; i >= 0; i-- {
		if gap := time.Duration(5+ag.IntN(60)) * time.Minute; list[i+1].Sub(list[i]) < gap {
			list[i] = list[i+1].Add(-gap)
		}
	}
	return list
}

// setStates decides which submissions are not done, and in which the recipe fails.
func (ag *assignmentGenerator) setStates(list []submission) {
	unfinished := 0
	for i := range list {
		sub := &list[i]
		switch {
		case ag.assignment.has(paused) && sub.at.After(snapshotTime.Add(-30*time.Hour)):
			sub.state = "paused"
		case ag.assignment.has(inProgress) && sub.latest && unfinished < 14:
			sub.state = []string{"queued", "processing"}[unfinished%2]
			sub.at = snapshotTime.Add(-time.Duration(15+ag.IntN(400)) * time.Second)
			unfinished++
		case sub.planned != planRandom:
		case i%47 == 11 && len(ag.assignment.steps) > MinSteps:
			sub.planned = planNoFinalize
		case i%61 == 7:
			sub.planned = planError
		}
	}
	slices.SortStableFunc(list, func(a, b submission) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.attempt, b.attempt)) })
}
