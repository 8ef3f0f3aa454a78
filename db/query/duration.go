package query

import "strings"

// SecondsBetween is the number of seconds from one timestamp to another, exact to the
// microsecond and the same on both databases. It is negative if end is before start, and null if
// either is null. SQLite's julianday and unixepoch round to milliseconds, so that SQLite
// computes whole seconds and microseconds apart, from text such as
// "2026-03-01 12:00:00.000001+00:00".
func SecondsBetween(start, end string) Clause {
	const (
		postgres = "extract(epoch FROM (:end) - (:start))::float8"
		sqlite   = `(((unixepoch(substr(:end, 1, 19)) - unixepoch(substr(:start, 1, 19))) * 1000000
			+ CAST(round((CAST(substr(:end, 20) AS REAL) - CAST(substr(:start, 20) AS REAL)) * 1000000) AS INTEGER)) / 1000000.0)`
	)
	expand := strings.NewReplacer(":start", start, ":end", end).Replace
	return SQL("?", dialectSQL{expand(postgres), expand(sqlite)})
}
