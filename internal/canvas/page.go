package canvas

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
)

// perPage is the largest page size of Canvas. A page may be shorter.
const perPage = "100"

// fetchList reads a list page by page by following the links to the next page. It holds one
// page at a time. An error is the last element of the sequence.
func fetchList[T any](ctx context.Context, c *Client, q call) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		seen := map[string]bool{}
		for {
			var page []T
			q.target = &page
			header, err := c.do(ctx, q)
			if err != nil {
				yield(none, err)
				return
			}
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			seen[q.url.String()] = true
			next, err := c.nextPage(q, header)
			if err == nil && next != nil && (seen[next.String()] || len(seen) >= c.maxPages) {
				err = badPage(q, fmt.Sprintf("the list does not end after %d pages", len(seen)))
			}
			if err != nil {
				yield(none, err)
				return
			}
			if next == nil {
				return
			}
			q.url = next
		}
	}
}

// fetchOne reads one object.
func fetchOne[T any](ctx context.Context, c *Client, q call) (T, error) {
	var v T
	q.target = &v
	_, err := c.do(ctx, q)
	return v, err
}

// nextPage returns the URL of the next page, or nil. It rejects a URL on another host, because
// requests contain the token.
func (c *Client) nextPage(q call, h http.Header) (*url.URL, error) {
	target := linkTarget(h, "next")
	if target == "" {
		return nil, nil
	}
	next, err := q.url.Parse(target)
	switch {
	case err != nil:
		return nil, badPage(q, "the link to the next page is not a URL")
	case !c.isCanvas(next):
		return nil, badPage(q, "the link to the next page leads to another host, "+next.Scheme+"://"+next.Host)
	}
	return next, nil
}

// isCanvas reports whether u is on the client's Canvas, so that a request may contain the token.
func (c *Client) isCanvas(u *url.URL) bool {
	return u.Scheme == c.base.Scheme && strings.EqualFold(u.Host, c.base.Host) && u.User == nil
}

func badPage(q call, canvasMessage string) error {
	return &Error{Op: q.op, Status: http.StatusOK, Kind: ErrUnreachable, Message: canvasMessage}
}
