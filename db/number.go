package db

import "math"

// The limits of the scores, points and seconds that are stored. Larger ones are mistakes, and figures about them
// would overflow. Positive numbers below MinNumber are stored as 0, and so are the negative ones above its
// opposite: divisions by them would overflow.
const (
	MaxNumber = 1e15
	MinNumber = 1e-100
)

// StorableNumber returns a number within the limits, and nil for one that exceeds them or is no number.
func StorableNumber(x *float64) *float64 {
	switch {
	case x == nil || !(math.Abs(*x) <= MaxNumber):
		return nil
	case math.Abs(*x) < MinNumber:
		return new(0.0)
	}
	return x
}
