package db

import (
	"strconv"
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

// bounds returns the SQL of the bounds if at most one is given. A bound that is not given is the smallest or
// the largest value, or the other bound if that is beyond all values.
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

// fixedLimits returns the limits of the bins, or nil if they depend on the values.
func (h histogramSQL) fixedLimits() []float64 {
	if h.From == nil || h.To == nil {
		return nil
	}
	return stats.NewHistogram(*h.From, *h.To, h.Bins).Edges
}

// limits returns the SQL of the limits of the bins if they depend on the values.
func (h histogramSQL) limits() query.Clause {
	from, to := h.bounds()
	limits := []query.Clause{from}
	for i := 1; i < h.Bins; i++ {
		limits = append(limits, query.SQL("? + (? - ?) * ? / ?", from, to, from, float(float64(i)), float(float64(h.Bins))))
	}
	return query.List(append(limits, to))
}

// edges returns the SQL of an array of the limits of the bins. It is null if a bound depends on the values and
// there are none. Arrays are those of query.KindFloats and query.KindInts.
func (h histogramSQL) edges() query.Clause {
	if fixed := h.fixedLimits(); fixed != nil {
		text := []byte("{")
		for _, edge := range fixed {
			text = append(strconv.AppendFloat(text, edge, 'g', -1, 64), ',')
		}
		text[len(text)-1] = '}'
		return query.SQL("CAST(? AS text)", string(text))
	}
	return query.SQL("CASE WHEN count("+h.column+") > 0 THEN ??? END", query.Dialect("ARRAY[", "json_array("), h.limits(), query.Dialect("]", ")"))
}

// counts returns the SQL of an array of the numbers of values in the bins. A bin includes its lower
// limit, and the last one both limits.
func (h histogramSQL) counts() query.Clause {
	switch fixed := h.fixedLimits(); {
	case !h.pg:
		return h.countsSQLite()
	case fixed != nil:
		return h.countsBetween(fixed)
	default:
		return h.countsOfArray()
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

// countsBetween is counts for PostgreSQL and limits that do not depend on the values. It subtracts the numbers
// of values below successive limits: PostgreSQL computes equal aggregates once, so each value is compared once with
// each limit. The limits are part of the SQL, because PostgreSQL would read parameters again for each value.
func (h histogramSQL) countsBetween(limits []float64) query.Clause {
	below := make([]string, len(limits))
	for i, limit := range limits {
		comparison := " < "
		if i == h.Bins {
			comparison = " <= "
		}
		below[i] = "count(*) FILTER (WHERE " + h.column + comparison + floatLiteral(limit) + ")"
	}
	counts := make([]string, h.Bins)
	for i := range counts {
		counts[i] = below[i+1] + " - " + below[i]
	}
	return query.SQL("ARRAY[" + strings.Join(counts, ", ") + "]")
}

// floatLiteral returns the SQL of a finite number.
func floatLiteral(v float64) string {
	return "CAST('" + strconv.FormatFloat(v, 'g', -1, 64) + "' AS double precision)"
}

// countsOfArray is counts for PostgreSQL and limits that depend on the values. OFFSET 0 keeps PostgreSQL
// from finding the bin of a value again for each count.
func (h histogramSQL) countsOfArray() query.Clause {
	counts := make([]query.Clause, h.Bins)
	for i := range counts {
		counts[i] = query.SQL("count(*) FILTER (WHERE bin = ?)", integer(i+1))
	}
	binned := query.SQL(`SELECT CASE WHEN val <= bnd.limits[?] THEN least(width_bucket(val, bnd.limits), ?) END AS bin
		FROM (SELECT ARRAY[?] AS limits, array_agg(`+h.column+`) AS vals) AS bnd, unnest(bnd.vals) AS val OFFSET 0`,
		integer(h.Bins+1), integer(h.Bins), h.limits())
	return query.SQL("(SELECT ARRAY[?] FROM (?) AS binned)", query.List(counts), binned)
}

func integer(n int) query.Clause { return query.SQL("CAST(? AS integer)", n) }

// outside returns the SQL of the number of values beyond a bound.
func (h histogramSQL) outside(comparison string, bound *float64) query.Clause {
	if bound == nil {
		return query.SQL("count(*) FILTER (WHERE FALSE)")
	}
	return query.SQL("count(*) FILTER (WHERE "+h.column+" "+comparison+" ?)", float(*bound))
}
