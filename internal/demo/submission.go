package demo

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// submission is one attempt of a student, or of a group in the person of the
// member who handed it in.
type submission struct {
	team    []*user // the first one hands in
	ability float64 // of the team
	attempt int
	latest  bool
	at      time.Time
	late    bool
	state   string
	fate    fate
}

// fate is how checking a submission ends.
type fate int

const (
	byChance fate = iota
	toFail
	toPass
	breaks   // finalize ends with an error
	vanishes // there is no finalize at all
)

// sitting is one assignment with everybody who hands it in.
type sitting struct {
	*rand.Rand
	*packer
	gallery
	c *course
	a *assignment
}

// submissions makes n attempts, those of one team in order of time.
func (s *sitting) submissions(abilities map[*user]float64, n int) []submission {
	if n == 0 {
		return nil
	}
	teams := s.teams(abilities)
	s.Shuffle(len(teams)-1, func(i, j int) { teams[i+1], teams[j+1] = teams[j+1], teams[i+1] }) // the sample user stays
	teams = teams[:min(len(teams), int(math.Ceil(float64(n)/1.6)))]
	var list []submission
	for i, attempts := range s.attempts(teams, n) {
		list = append(list, s.series(teams[i], attempts)...)
	}
	s.settle(list)
	return list
}

// team is who hands in together.
type team struct {
	members []*user
	ability float64
}

// teams are single students, or groups of two to four.
func (s *sitting) teams(abilities map[*user]float64) []team {
	var list []team
	for rest := s.c.students; len(rest) > 0; {
		size := 1
		if s.a.is(inGroups) {
			size = 2 + len(list)%3
			if left := len(rest) - size; left == 1 {
				size = max(2, size-1) // nobody stays alone
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

// attempts shares n attempts among the teams, one at least. Who is weaker tries
// more often, up to four times unless n asks for more.
func (s *sitting) attempts(teams []team, n int) []int {
	list := make([]int, len(teams))
	for i := range list {
		list[i] = 1
	}
	most := max(4, n/len(list)+2)
	if s.isSample() && n > len(list) {
		list[0] = 2 // and no more: it is left out below
	}
	for left := n - len(teams) - (list[0] - 1); left > 0; {
		i, j := s.IntN(len(teams)), s.IntN(len(teams))
		if teams[j].ability < teams[i].ability {
			i = j
		}
		if list[i] < most && (i > 0 || !s.isSample()) {
			list[i]++
			left--
		}
	}
	return list
}

func (s *sitting) isSample() bool {
	return s.a.canvasID == SampleAssignment && s.c.canvasID == SampleCourse
}

// series makes the attempts of one team.
func (s *sitting) series(t team, n int) []submission {
	times := s.times(n)
	list := make([]submission, n)
	for i := range list {
		list[i] = submission{
			team: t.members, ability: t.ability, attempt: i + 1, latest: i == n-1,
			at: times[i], late: times[i].After(s.a.due), state: "done",
		}
	}
	if s.isSample() && t.members[0].canvasID == SampleUser {
		list[0].fate, list[n-1].fate = toFail, toPass
	}
	return list
}

// times draws n moments of handing in, in order: most of them in the last day
// before the assignment is due, few after.
func (s *sitting) times(n int) []time.Time {
	last := snapshot.Add(-15 * time.Minute) // what is done has been processed
	end := s.a.due
	if end.After(last) {
		end = last
	}
	list := make([]time.Time, n)
	for i := range list {
		early := min(s.ExpFloat64()*26, 9*24)
		list[i] = end.Add(-time.Duration(early * float64(time.Hour))).Truncate(time.Second)
	}
	if s.a.due.Before(last) && s.IntN(12) == 0 {
		list[0] = end.Add(time.Duration(1+s.IntN(40*60)) * time.Minute)
	}
	slices.SortFunc(list, time.Time.Compare)
	for i := n - 2; i >= 0; i-- {
		if gap := time.Duration(5+s.IntN(60)) * time.Minute; list[i+1].Sub(list[i]) < gap {
			list[i] = list[i+1].Add(-gap)
		}
	}
	return list
}

// settle decides which submissions are not done, and which break the recipe.
func (s *sitting) settle(list []submission) {
	open := 0
	for i := range list {
		sub := &list[i]
		switch {
		case s.a.is(paused) && sub.at.After(snapshot.Add(-30*time.Hour)):
			sub.state = "paused"
		case s.a.is(busy) && sub.latest && open < 14:
			sub.state = []string{"queued", "processing"}[open%2]
			sub.at = snapshot.Add(-time.Duration(15+s.IntN(400)) * time.Second)
			open++
		case sub.fate != byChance:
		case i%47 == 11 && len(s.a.steps) > MinSteps:
			sub.fate = vanishes
		case i%61 == 7:
			sub.fate = breaks
		}
	}
	slices.SortStableFunc(list, func(a, b submission) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.attempt, b.attempt)) })
}
