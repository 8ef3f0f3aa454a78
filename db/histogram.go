package db

import (
	"strings"

	"github.com/momotor/resultgraph/db/query"
)

// A histogramSQL returns the SQL of the fields of a histogram of a column.
type histogramSQL struct {
	column string
	FigureArguments
	pg bool
}

// bounds returns the SQL of the bounds. A bound that is not given is the smallest or the largest value, or
// the other bound if that is beyond all values.
func (h histogramSQL) bounds() (from, to query.Clause) {
	smallest, largest := query.SQL("min("+h.column+")"), query.SQL("max("+h.column+")")
	switch {
	case h.From != nil && h.To != nil:
		return float(*h.From), float(*h.To)
	case h.From != nil:
		from = float(*h.From)
		return from, query.SQL("CASE WHEN ? > ? THEN ? ELSE ? END", largest, from, largest, from)
	case h.To != nil:
		to = float(*h.To)
		return query.SQL("CASE WHEN ? < ? THEN ? ELSE ? END", smallest, to, smallest, to), to
	}
	return smallest, largest
}

// edges returns the SQL of a JSON array of the limits of the bins. It is null if a bound depends on the
// values and there are none.
func (h histogramSQL) edges() query.Clause {
	from, to := h.bounds()
	edges := []query.Clause{from}
	for i := 1; i < h.Bins; i++ {
		edges = append(edges, query.SQL("? + (? - ?) * ? / ?", from, to, from, float(float64(i)), float(float64(h.Bins))))
	}
	array := query.SQL("json_array(?)", query.List(append(edges, to)))
	if h.pg {
		array = query.SQL("to_json(ARRAY[?])", query.List(append(edges, to)))
	}
	if h.From != nil && h.To != nil {
		return array
	}
	return query.SQL("CASE WHEN count("+h.column+") > 0 THEN ? END", array)
}

// counts returns the SQL of a JSON array of the numbers of values in the bins. A bin includes its lower
// limit, and the last one both limits.
func (h histogramSQL) counts() query.Clause {
	if !h.pg {
		given := [2]query.Clause{query.SQL("NULL"), query.SQL("NULL")}
		for i, bound := range []*float64{h.From, h.To} {
			if bound != nil {
				given[i] = float(*bound)
			}
		}
		none := "[" + strings.Repeat("0,", h.Bins-1) + "0]"
		return query.SQL("coalesce(json_remove(histogram("+h.column+", ?, ?, ?), '$[#-1]', '$[0]'), '"+none+"')", given[0], given[1], h.Bins)
	}
	counts := make([]query.Clause, h.Bins)
	for i := range counts {
		counts[i] = query.SQL("count(*) FILTER (WHERE bin = ?)", integer(i+1))
	}
	from, to := h.bounds()
	binned := query.SQL(`SELECT CASE WHEN val = bnd.upper THEN ? WHEN bnd.lower < bnd.upper THEN width_bucket(val, bnd.lower, bnd.upper, ?) END AS bin
		FROM (SELECT ? AS lower, ? AS upper, array_agg(`+h.column+`) AS vals) AS bnd, unnest(bnd.vals) AS val`,
		integer(h.Bins), integer(h.Bins), from, to)
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
