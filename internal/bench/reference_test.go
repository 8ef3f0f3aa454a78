package bench

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/scalar"
	"github.com/momotor/resultgraph/internal/access"
)

// A referenceHandler answers only the workloads, as fast as a hand-written handler can:
// each is a few prepared statements, whose text values are copied to JSON.
type referenceHandler struct {
	pool *pgxpool.Pool
	keys *access.Authenticator
}

func newReferenceHandler(ctx context.Context, location string) (http.Handler, error) {
	store, err := db.Open(ctx, location)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.New(ctx, location)
	if err != nil {
		return nil, err
	}
	h := &referenceHandler{pool, &access.Authenticator{Keys: store, Throttle: access.NewThrottle(time.Now), Now: time.Now}}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.Handler())
	for name, answer := range map[string]func(context.Context, []byte, *http.Request) ([]byte, error){
		"rest": h.restList, "csv": h.csv, "list": h.graphqlList, "all": h.nestedResults(1000), "few": h.nestedResults(20), "one": h.oneResult, "accounts": h.accounts,
	} {
		mux.HandleFunc("/"+name, func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, answer) })
	}
	return mux, nil
}

func (h *referenceHandler) serve(w http.ResponseWriter, r *http.Request, answer func(context.Context, []byte, *http.Request) ([]byte, error)) {
	p, err := h.keys.Authenticate(r.Context(), r.Header.Get("Authorization"), "")
	var body []byte
	if err == nil && !p.HasRole(courseID, access.Reviewer) {
		err = access.ErrBadCredentials
	}
	if err == nil {
		body, err = answer(access.WithPrincipal(r.Context(), p), make([]byte, 0, 64<<10), r)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// courseID is the id of the measured course.
const courseID = 101

// A column is a member of a JSON object: its name, and the conversion from text to JSON.
type column struct {
	name string
	kind byte // i: integer, b: boolean, f: float, s: string, e: enum value, t: time, a: list of integers
}

func columns(names, kinds string) (out []column) {
	start := 0
	for i := 0; i <= len(names); i++ {
		if i == len(names) || names[i] == ' ' {
			out = append(out, column{names[start:i], kinds[len(out)]})
			start = i + 1
		}
	}
	return out
}

// eachRow calls f with the text values of each row of a statement.
func (h *referenceHandler) eachRow(ctx context.Context, f func(row [][]byte), sql string, args ...any) error {
	rows, err := h.pool.Query(ctx, sql, append([]any{pgx.QueryResultFormats{pgx.TextFormatCode}}, args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		f(rows.RawValues())
	}
	return rows.Err()
}

// appendMembers appends the members of an object, without braces.
func appendMembers(b []byte, cols []column, row [][]byte) []byte {
	for i, c := range cols {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), c.name...), '"', ':')
		b = appendValue(b, c.kind, row[i])
	}
	return b
}

func appendValue(b []byte, kind byte, cell []byte) []byte {
	if cell == nil {
		return append(b, "null"...)
	}
	switch kind {
	case 'b':
		return strconv.AppendBool(b, cell[0] == 't')
	case 's':
		return scalar.AppendString(b, cell)
	case 'e':
		return append(append(append(b, '"'), bytes.ToUpper(cell)...), '"')
	case 'f':
		b = append(b, cell...)
		for _, c := range cell {
			if c == '.' {
				return b
			}
		}
		return append(b, ".0"...)
	case 't':
		b = append(append(append(b, '"'), cell[:10]...), 'T')
		b = append(b, cell[11:19]...)
		if fraction := cell[19 : len(cell)-3]; len(fraction) > 0 {
			b = append(b, fraction...)
			for range 7 - len(fraction) {
				b = append(b, '0')
			}
		}
		return append(b, 'Z', '"')
	case 'a':
		for _, c := range cell {
			if c != ' ' {
				b = append(b, c)
			}
		}
		return b
	}
	return append(b, cell...)
}

func parseNumber(cell []byte) (n int64) {
	for _, c := range cell {
		n = n*10 + int64(c-'0')
	}
	return n
}
