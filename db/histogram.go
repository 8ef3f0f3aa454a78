package db

import (
	"strings"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/stats"
)

// A histogramSQL returns the SQL of the fields of a histogram of a column.
type histogramSQL struct {
	column string
	FigureArguments
	pg bool
}

// bounds returns the SQL of the bounds, of which at most one is given. A bound that is not given is the smallest or the largest value, or
// the other bound if that is beyond all values.
func (h histogramSQL) bounds() (from, to query.Clause) {
	smallest, largest := query.SQL("min("+h.column+")"), query.SQL("max("+h.column+")")
	switch {
	case h.From != nil:
		from = float(*h.From)
		return from, query.SQL("CASE WHEN ? > ? THEN ? ELSE ? END", largest, from, largest, from)
	case h.To != nil:
		to = float(*h.To)
		return query.SQL("CASE WHEN ? < ? THEN ? ELSE ? END", smallest, to, smallest, to), to
	}
	return smallest, largest
}

// limits returns the SQL of the limits of the bins, and whether they are numbers that do not depend on the
// values.
func (h histogramSQL) limits() (limits []query.Clause, fixed bool) {
	if h.From != nil && h.To != nil {
		return floatClauses(stats.NewHistogram(*h.From, *h.To, h.Bins).Edges), true
	}
	from, to := h.bounds()
	limits = append(limits, from)
	for i := 1; i < h.Bins; i++ {
		limits = append(limits, query.SQL("? + (? - ?) * ? / ?", from, to, from, float(float64(i)), float(float64(h.Bins))))
	}
	return append(limits, to), false
}

// edges returns the SQL of a JSON array of the limits of the bins. It is null if a bound depends on the
// values and there are none.
func (h histogramSQL) edges() query.Clause {
	limits, fixed := h.limits()
	array := query.SQL("json_array(?)", query.List(limits))
	if h.pg {
		array = query.SQL("to_json(ARRAY[?])", query.List(limits))
	}
	if fixed {
		return array
	}
	return query.SQL("CASE WHEN count("+h.column+") > 0 THEN ? END", array)
}

// counts returns the SQL of a JSON array of the numbers of values in the bins. A bin includes its lower
// limit, and the last one both limits.
func (h histogramSQL) counts() query.Clause {
	switch limits, fixed := h.limits(); {
	case !h.pg:
		return h.countsSQLite()
	case fixed:
		return h.countsBetween(limits)
	default:
		return h.countsOfArray(limits)
	}
}

// countsSQLite is counts for SQLite.
func (h histogramSQL) countsSQLite() query.Clause {
	given := [2]query.Clause{query.SQL("NULL"), query.SQL("NULL")}
	for i, bound := range []*float64{h.From, h.To} {
		if bound != nil {
			given[i] = float(*bound)
		}
	}
	none := "[" + strings.Repeat("0,", h.Bins-1) + "0]"
	return query.SQL("coalesce(json_remove(histogram("+h.column+", ?, ?, ?), '$[#-1]', '$[0]'), '"+none+"')", given[0], given[1], h.Bins)
}

// countsBetween is counts for PostgreSQL and limits that do not depend on the values. It subtracts the
// numbers of values below successive limits, which takes one comparison for each value and limit.
func (h histogramSQL) countsBetween(limits []query.Clause) query.Clause {
	below := make([]query.Clause, len(limits))
	for i, limit := range limits {
		below[i] = query.SQL("count(*) FILTER (WHERE "+h.column+" < ?)", limit)
	}
	below[h.Bins] = query.SQL("count(*) FILTER (WHERE "+h.column+" <= ?)", limits[h.Bins])
	counts := make([]query.Clause, h.Bins)
	for i := range counts {
		counts[i] = query.SQL("? - ?", below[i+1], below[i])
	}
	return query.SQL("to_json(ARRAY[?])", query.List(counts))
}

// countsOfArray is counts for PostgreSQL and limits that depend on the values. OFFSET 0 keeps PostgreSQL
// from finding the bin of a value again for each count.
func (h histogramSQL) countsOfArray(limits []query.Clause) query.Clause {
	counts := make([]query.Clause, h.Bins)
	for i := range counts {
		counts[i] = query.SQL("count(*) FILTER (WHERE bin = ?)", integer(i+1))
	}
	binned := query.SQL(`SELECT CASE WHEN val <= bnd.limits[?] THEN least(width_bucket(val, bnd.limits), ?) END AS bin
		FROM (SELECT ARRAY[?] AS limits, array_agg(`+h.column+`) AS vals) AS bnd, unnest(bnd.vals) AS val OFFSET 0`,
		integer(h.Bins+1), integer(h.Bins), query.List(limits))
	return query.SQL("(SELECT to_json(ARRAY[?]) FROM (?) AS binned)", query.List(counts), binned)
}

func integer(n int) query.Clause { return query.SQL("CAST(? AS integer)", n) }

// outside returns the SQL of the number of values beyond a bound.
func (h histogramSQL) outside(comparison string, bound *float64) query.Clause {
	if bound == nil {
		return query.SQL("count(*) FILTER (WHERE FALSE)")
	}
	return query.SQL("count(*) FILTER (WHERE "+h.column+" "+comparison+" ?)", float(*bound))
}
