package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
)

// pages replies like list with the nodes of the connection at the path, a page of them
// after another: that of the operation, and those of the operation with More behind its
// name. A list of one page is an answer like any other. A longer one begins before it is
// whole, and takes the memory of one page; what fails later ends the connection.
//
// It is no snapshot, but nobody is missing in it: a result that comes while it is sent is
// at its end.
func pages(path string) reply {
	return func(c *call, w http.ResponseWriter, r *http.Request) error {
		l := &listing{call: c, run: c.run, path: path}
		return l.reply(w, r)
	}
}

// A listing is a list that is being sent.
type listing struct {
	*call
	run  func(ctx context.Context, operation string, v vars) (json.RawMessage, error)
	path string

	nodes []byte // the page at hand, as a list
	more  bool
	end   []byte // the cursor of its last node
}

// reply sends the list, or returns why it cannot begin.
func (l *listing) reply(w http.ResponseWriter, r *http.Request) error {
	if err := l.turn(r.Context(), l.operation, l.vars); err != nil {
		return err
	}
	if !l.more {
		return l.write(w, http.StatusOK, l.nodes)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return nil
	}
	if err := l.send(r.Context(), w); err != nil {
		l.abort(r, "a list was broken off", err)
	}
	return nil
}

// send writes all pages, and lets the client have them one by one.
func (l *listing) send(ctx context.Context, w http.ResponseWriter) error {
	conn := http.NewResponseController(w)
	open, closing := []byte("["), []byte("]")
	for {
		page, err := l.indented(l.nodes)
		if err != nil {
			return err
		}
		if l.indent > 0 {
			closing = []byte("\n]")
		}
		if items := bytes.TrimSuffix(page[1:], closing); string(l.nodes) != "[]" {
			if _, err := w.Write(append(open, items...)); err != nil {
				return err
			}
			open = []byte(",")
		}
		if !l.more {
			_, err := w.Write(closing)
			return err
		}
		_ = conn.Flush() // a writer that cannot is one of a test
		v := maps.Clone(l.vars)
		v["after"] = string(l.end)
		if err := l.turn(ctx, l.operation+"More", v); err != nil {
			return err
		}
	}
}

// turn asks for a page. A null on the way is an empty one, the last.
func (l *listing) turn(ctx context.Context, operation string, v vars) error {
	l.nodes, l.more = []byte("[]"), false
	data, err := l.run(ctx, operation, v)
	if err != nil {
		return err
	}
	found := at(data, l.path)
	if found == nil {
		return nil
	}
	const before, between = `{"nodes":`, `],"page":{"more":`
	i := bytes.LastIndex(found, []byte(between)) // a cursor has no quotes
	if i < 0 || !bytes.HasPrefix(found, []byte(before)) {
		return fmt.Errorf("operation %s answers no page: %.100s", operation, found)
	}
	s := scanner{data: found[i+len(between):]}
	l.nodes, l.more = found[len(before):i+1], string(s.scalar()) == "true"
	s.expect(`,"end":`)
	l.end = bytes.Clone(s.scalar())
	if l.more && len(l.end) == 0 {
		s.fail("a cursor") // without it the same page would come for ever
	}
	return s.err
}
