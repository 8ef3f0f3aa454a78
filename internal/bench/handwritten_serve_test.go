package bench

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/momotor/resultgraph/internal/access"
)

// The look-ups of a key by its prefix: of any valid key, and of a key for a course.
var (
	validKey = statement{`SELECT apk.hashed_key, ` + isValid + ` FROM api_key AS apk WHERE apk.prefix = $1`, []string{"prefix"}}

	courseKey = statement{`SELECT apk.hashed_key, ` + isValid + ` AND EXISTS (
			SELECT FROM course AS crs JOIN api_key_course AS akc ON akc.course_id = crs.id
			WHERE crs.account_id = $2 AND crs.canvas_id = $3 AND akc.api_key_id = apk.id)
		FROM api_key AS apk WHERE apk.prefix = $1`, []string{"prefix", "account", "course"}}
)

const isValid = `NOT apk.revoked AND (apk.expires_at IS NULL OR apk.expires_at > now())`

// errForbidden is the error for a key that is invalid or does not open the course.
var errForbidden = errors.New("the key is not valid for this course")

// serve answers a request from the database.
func (h *handwritten) serve(w http.ResponseWriter, r *http.Request, a answer) {
	b := h.takeBuffer()
	defer h.returnBuffer(b)
	if err := h.read(r, a, b); err != nil {
		writeError(w, err)
		return
	}
	writeBody(w, a.contentType, b.body)
}

func (h *handwritten) takeBuffer() *buffer {
	select {
	case b := <-h.buffers:
		b.reset()
		return b
	default:
		return &buffer{}
	}
}

func (h *handwritten) returnBuffer(b *buffer) {
	select {
	case h.buffers <- b:
	default: // there are enough free buffers
	}
}

// read reads the body of an answer in one round trip. The rows of the key arrive first: nothing is read of
// the others if the key is not valid.
func (h *handwritten) read(r *http.Request, a answer, b *buffer) error {
	return h.roundTrip(r, a.key, a.statements, func(key access.Key, rows *rowReader) error {
		if err := checkKey(key, rows, nil); err != nil {
			return err
		}
		return a.write(b, rows)
	})
}

// roundTrip sends the look-up of a request's key and other statements together, and calls f to read
// their rows.
func (h *handwritten) roundTrip(r *http.Request, lookup statement, more []statement, f func(access.Key, *rowReader) error) error {
	key, err := access.ParseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return errForbidden
	}
	conn, err := h.pool.Acquire(r.Context())
	if err != nil {
		return err
	}
	defer conn.Release()
	p := conn.Conn().PgConn().StartPipeline(r.Context())
	r.SetPathValue("prefix", key.Prefix())
	h.send(p, r, lookup)
	for _, st := range more {
		h.send(p, r, st)
	}
	if err = p.Sync(); err == nil {
		err = f(key, &rowReader{p})
	}
	return errors.Join(err, p.Close())
}

// send sends a statement with values of the path.
func (h *handwritten) send(p *pgconn.Pipeline, r *http.Request, st statement) {
	args := make([][]byte, len(st.values))
	for i, name := range st.values {
		args[i] = []byte(r.PathValue(name))
	}
	p.SendQueryStatement(h.prepared[st.sql], args, nil, nil)
}

// checkKey reads the row of a key, and passes its other columns to more.
func checkKey(key access.Key, rows *rowReader, more func(columns [][]byte)) error {
	allowed := false
	err := rows.each(func(row [][]byte) {
		allowed = subtle.ConstantTimeCompare(row[0], []byte(key.Hash())) == 1 && row[1][0] == 't'
		if more != nil {
			more(row[2:])
		}
	})
	if err == nil && !allowed {
		err = errForbidden
	}
	return err
}

// A rowReader reads the rows of the statements of a pipeline.
type rowReader struct{ pipeline *pgconn.Pipeline }

// each calls f with the text values of each row of the next statement. They are valid during the call.
func (rd *rowReader) each(f func(row [][]byte)) error {
	results, err := rd.pipeline.GetResults()
	if err != nil {
		return err
	}
	rows, ok := results.(*pgconn.ResultReader)
	if !ok {
		return errors.New("the pipeline has no more statements")
	}
	for rows.NextRow() {
		f(rows.Values())
	}
	_, err = rows.Close()
	return err
}

func writeBody(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

func writeError(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, errForbidden):
		status = http.StatusForbidden
	case errors.Is(err, context.Canceled):
		return
	}
	http.Error(w, err.Error(), status)
}
