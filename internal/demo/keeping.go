package demo

// keeping says which bundles of a result there are.
type keeping struct{ product, full, basic presence }

type presence int

const (
	there presence = iota
	gone           // purged
	never          // there was none
)

// fates decides what was kept of the n-th submission of an assignment: little
// of past courses and of attempts that have a successor. The example keeps
// everything.
func (s *sitting) fates(sub *submission, n int) keeping {
	switch {
	case s.isSample() && sub.fate != byChance:
		return keeping{}
	case s.c.keep == keepsNothing:
		return keeping{gone, gone, gone}
	case s.c.keep == keepsBasic:
		return keeping{gone, gone, there}
	case n%97 == 23: // from before results came in bundles
		return keeping{there, never, never}
	case n%13 == 5:
		return keeping{there, never, there}
	case !sub.latest && n%2 == 0:
		return keeping{gone, gone, there}
	case !sub.latest:
		return keeping{there, gone, there}
	case n%2 == 1:
		return keeping{there, there, never}
	}
	return keeping{}
}
