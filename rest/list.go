package rest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"

	"github.com/momotor/resultgraph/internal/deadline"
	"github.com/momotor/resultgraph/internal/spool"
)

// pagedList responds with all nodes of the connection at the path. The operation returns the first
// page, and the operation with the suffix More returns the later pages. The responder writes page by
// page and holds one page in memory. An error after the first page ends the connection.
//
// The list is not a snapshot, but no result is missing: results that are added during the
// request are at the end. A list of several pages therefore has no entity tag.
func pagedList(path string) responder {
	return func(ar *apiRequest, w http.ResponseWriter, r *http.Request) error {
		l := &listWriter{apiRequest: ar, run: ar.run, path: path}
		return l.respond(w, r)
	}
}

// A listWriter writes one list.
type listWriter struct {
	*apiRequest
	run  runner
	path string

	nodes     []byte // the current page, a JSON array
	hasNext   bool
	endCursor []byte // the cursor of the last node of the current page
}

// respond writes the list. It returns an error only before the first byte.
func (l *listWriter) respond(w http.ResponseWriter, r *http.Request) error {
	data, responded, err := l.read(w, r, l.run)
	if err != nil || responded {
		return err
	}
	if err := l.setPage(l.operation, data); err != nil {
		return err
	}
	if !l.hasNext {
		return l.writeJSON(w, http.StatusOK, l.nodes)
	}
	if r.Method == http.MethodHead {
		setListHeaders(w.Header())
		return nil
	}
	first, err := l.keepItems("[", l.keep)
	if err != nil {
		return err
	}
	setListHeaders(w.Header())
	if err := l.writePages(r.Context(), w, first); err != nil {
		l.abort(r, "list response interrupted", err)
	}
	return nil
}

// setListHeaders sets the headers of a list of several pages, whose length is not known in advance.
func setListHeaders(h http.Header) {
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
}

// writePages writes the items of the first page and then the other pages, and flushes after each.
func (l *listWriter) writePages(ctx context.Context, w http.ResponseWriter, items *spool.Body) error {
	conn := http.NewResponseController(w)
	for {
		if err := items.Send(writeTo(w)); err != nil {
			return err
		}
		if !l.hasNext {
			_, err := w.Write(l.listEnd())
			return err
		}
		_ = conn.Flush() // only writers in tests cannot flush
		v := maps.Clone(l.variables)
		v["after"] = string(l.endCursor)
		err := retryRefused(ctx, func() error { return l.nextPage(deadline.Start(ctx), l.operation+"More", v) })
		if err != nil {
			return err
		}
		items, err = l.keepItems(",", func(parts ...[]byte) (*spool.Body, error) { return l.keepWhenPossible(ctx, parts...) })
		if err != nil {
			return err
		}
	}
}

// keepItems keeps the items of the current page, with a separator before them, and drops the page.
func (l *listWriter) keepItems(separator string, keep func(parts ...[]byte) (*spool.Body, error)) (*spool.Body, error) {
	if string(l.nodes) == "[]" {
		return keep()
	}
	page, err := l.indentJSON(l.nodes)
	if err != nil {
		return nil, err
	}
	body, err := keep([]byte(separator), bytes.TrimSuffix(page[1:], l.listEnd()))
	l.nodes = nil
	return body, err
}

// listEnd returns the end of a list that is not empty.
func (l *listWriter) listEnd() []byte {
	if l.indent > 0 {
		return []byte("\n]")
	}
	return []byte("]")
}

// nextPage reads a page.
func (l *listWriter) nextPage(ctx context.Context, operation string, v variables) error {
	data, err := l.run(ctx, operation, v)
	if err != nil {
		return err
	}
	return l.setPage(operation, data)
}

// setPage sets the current page from the data of an operation. A null on the path is an empty last page.
func (l *listWriter) setPage(operation string, data []byte) error {
	l.nodes, l.hasNext = []byte("[]"), false
	found := valueAt(data, l.path)
	if found == nil {
		return nil
	}
	const prefix, infix = `{"nodes":`, `],"page":{"more":`
	i := bytes.LastIndex(found, []byte(infix)) // a cursor has no quotes
	if i < 0 || !bytes.HasPrefix(found, []byte(prefix)) {
		return fmt.Errorf("operation %s: no page in the response: %.100s", operation, found)
	}
	s := scanner{data: found[i+len(infix):]}
	l.nodes, l.hasNext = found[len(prefix):i+1], string(s.readScalar()) == "true"
	s.expect(`,"end":`)
	l.endCursor = bytes.Clone(s.readScalar())
	if l.hasNext && len(l.endCursor) == 0 {
		s.fail("a cursor") // without a cursor the first page would repeat forever
	}
	return s.err
}
