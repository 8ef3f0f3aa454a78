package query

import "time"

// Conditions collects the conditions of a filter.
type Conditions []Clause

func (cs *Conditions) Add(c Clause) { *cs = append(*cs, c) }

// Is adds that a column is true or false; null is neither.
func (cs *Conditions) Is(column string, want *bool) {
	if want == nil {
		return
	}
	if *want {
		cs.Add(SQL(column))
		return
	}
	cs.Add(SQL("NOT " + column))
}

// Equals adds that an expression is true or false; null is neither.
func (cs *Conditions) Equals(expr Clause, want *bool) {
	if want != nil {
		cs.Add(SQL("(?) = ?", expr, *want))
	}
}

// Compare adds column op value unless there is no value.
func Compare[T int | int64 | time.Time](cs *Conditions, column, op string, value *T) {
	if value != nil {
		cs.Add(SQL(column+" "+op+" ?", *value))
	}
}
