package query

import "time"

// Conditions are the conditions of a filter.
type Conditions []Clause

// Add adds a condition.
func (cs *Conditions) Add(c Clause) { *cs = append(*cs, c) }

// Is adds the condition that a column is true or false, unless want is nil. NULL matches
// neither.
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

// Equals adds the condition that an expression is true or false, unless want is nil. NULL
// matches neither.
func (cs *Conditions) Equals(expr Clause, want *bool) {
	if want != nil {
		cs.Add(SQL("(?) = ?", expr, *want))
	}
}

// Compare adds the condition "column op value", unless value is nil.
func Compare[T int | int64 | float64 | time.Time](cs *Conditions, column, op string, value *T) {
	CompareExpr(cs, SQL(column), op, value)
}

// CompareExpr is Compare for an expression.
func CompareExpr[T int | int64 | float64 | time.Time](cs *Conditions, expr Clause, op string, value *T) {
	if value != nil {
		cs.Add(SQL("? "+op+" ?", expr, *value))
	}
}
