package bench

import (
	"bytes"
	"net/http"

	"github.com/momotor/resultgraph/internal/access"
)

// versionedKey is courseKey with the versions of the course and of what belongs to no course.
var versionedKey = statement{`SELECT apk.hashed_key, ` + isValid + ` AND akc.course_id IS NOT NULL, ver.version, ctr.value
	FROM api_key AS apk
	LEFT JOIN course AS crs ON crs.account_id = $2 AND crs.canvas_id = $3
	LEFT JOIN api_key_course AS akc ON akc.api_key_id = apk.id AND akc.course_id = crs.id
	LEFT JOIN course_version AS ver ON ver.course_id = crs.id
	LEFT JOIN counter AS ctr ON ctr.name = 'directory'
	WHERE apk.prefix = $1`, []string{"prefix", "account", "course"}}

// A cachedBody is the body of an answer at a version, which is its entity tag.
type cachedBody struct {
	tag  []byte
	body []byte
}

// serveVersioned answers a request with 304 or from memory if the version of the course is the same as
// before. One round trip reads it together with the key.
func (h *handwritten) serveVersioned(w http.ResponseWriter, r *http.Request, a answer) {
	var buf [64]byte
	tag := append(buf[:0], '"')
	err := h.roundTrip(r, versionedKey, nil, func(key access.Key, rows *rowReader) error {
		return checkKey(key, rows, func(versions [][]byte) {
			tag = append(append(append(append(tag, versions[0]...), '.'), versions[1]...), '"')
		})
	})
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("ETag", string(tag))
	if r.Header.Get("If-None-Match") == string(tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if found, ok := h.cached.Load(r.URL.Path); ok && bytes.Equal(found.(*cachedBody).tag, tag) {
		writeBody(w, a.contentType, found.(*cachedBody).body)
		return
	}
	h.fillCache(w, r, a, bytes.Clone(tag))
}

// fillCache answers from the database. The version was read before the data, so that a change
// between the two reads only makes the body out of date sooner.
func (h *handwritten) fillCache(w http.ResponseWriter, r *http.Request, a answer, tag []byte) {
	var b buffer
	if err := h.read(r, a, &b); err != nil {
		writeError(w, err)
		return
	}
	h.cached.Store(r.URL.Path, &cachedBody{tag, b.body})
	writeBody(w, a.contentType, b.body)
}
