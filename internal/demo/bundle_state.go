package demo

// bundleStates holds the state of each bundle of a result.
type bundleStates struct{ product, full, basic bundleState }

type bundleState int

const (
	present bundleState = iota
	purged              // deleted by the retention policy
	missing             // never created
)

// bundleStates decides which bundles of the n-th submission of an assignment
// exist: few in past courses and for earlier attempts, all for the sample.
func (ag *assignmentGenerator) bundleStates(sub *submission, n int) bundleStates {
	switch {
	case ag.isSample() && sub.planned != planRandom:
		return bundleStates{}
	case ag.course.retained == retainNone:
		return bundleStates{purged, purged, purged}
	case ag.course.retained == retainBasic:
		return bundleStates{purged, purged, present}
	case n%97 == 23: // older than results bundles
		return bundleStates{present, missing, missing}
	case n%13 == 5:
		return bundleStates{present, missing, present}
	case !sub.latest && n%2 == 0:
		return bundleStates{purged, purged, present}
	case !sub.latest:
		return bundleStates{present, purged, present}
	case n%2 == 1:
		return bundleStates{present, present, missing}
	}
	return bundleStates{}
}
