package canvastest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// pagination is a kind of pagination. Canvas has several.
type pagination int

const (
	numbered  pagination = iota // page=2, and a link to the last page
	endless                     // page=2, and no link to the last page
	lowerCase                   // numbered, with the name of the header in lower case
	bookmarks                   // page=bookmark:…, and no link to the last page
)

// paginate responds with the requested page of rows.
func (s *Server) paginate(w http.ResponseWriter, r *http.Request, rows []object, kind pagination) {
	query := r.URL.Query()
	size := s.pageSize
	if n, err := strconv.Atoi(query.Get("per_page")); err == nil && n > 0 {
		size = min(n, size)
	}
	from := start(query.Get("page"), size)
	if from > len(rows) {
		from = len(rows)
	}
	end := min(from+size, len(rows))

	var links []string
	add := func(rel, page string) {
		q := url.Values{}
		for k, v := range query {
			q[k] = v
		}
		q.Set("page", page)
		q.Set("per_page", strconv.Itoa(size))
		links = append(links, fmt.Sprintf(`<%s%s?%s>; rel="%s"`, s.URL, r.URL.Path, q.Encode(), rel))
	}
	name := func(row int) string {
		if kind == bookmarks {
			return "bookmark:" + base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(row)))
		}
		return strconv.Itoa(row/size + 1)
	}
	add("current", name(from))
	if end < len(rows) {
		add("next", name(end))
	}
	if from > 0 && kind != bookmarks {
		add("prev", name(from-size))
	}
	add("first", name(0))
	if kind == numbered || kind == lowerCase {
		add("last", name(max(len(rows)-1, 0)))
	}
	header := "Link"
	if kind == lowerCase {
		header = "link"
	}
	w.Header()[header] = []string{strings.Join(links, ",")}
	writeJSON(w, r, rows[from:end])
}

// start returns the index of the first row of a page.
func start(page string, size int) int {
	if mark, ok := strings.CutPrefix(page, "bookmark:"); ok {
		raw, _ := base64.RawURLEncoding.DecodeString(mark)
		n, _ := strconv.Atoi(string(raw))
		return max(n, 0)
	}
	if n, err := strconv.Atoi(page); err == nil && n > 1 {
		return (n - 1) * size
	}
	return 0
}
