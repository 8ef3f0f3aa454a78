package canvas

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
)

// perPage asks for the largest page that Canvas gives. It may give less.
const perPage = "100"

// list reads a list page by page, following the links to the next page until there is
// none. One page is held at a time. An error ends the list and comes last.
func list[T any](ctx context.Context, c *Client, q call) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		seen := map[string]bool{}
		for {
			var page []T
			q.into = &page
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
			next, err := c.next(q, header)
			if err == nil && next != nil && (seen[next.String()] || len(seen) >= c.pages) {
				err = fault(q, fmt.Sprintf("the list does not end after %d pages", len(seen)))
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

// one asks for one thing.
func one[T any](ctx context.Context, c *Client, q call) (T, error) {
	var v T
	q.into = &v
	_, err := c.do(ctx, q)
	return v, err
}

// next is the page after q's, or nil. Pages are asked for with the token, so an address on
// another host is refused.
func (c *Client) next(q call, h http.Header) (*url.URL, error) {
	target := link(h, "next")
	if target == "" {
		return nil, nil
	}
	next, err := q.url.Parse(target)
	switch {
	case err != nil:
		return nil, fault(q, "the link to the next page is no address")
	case !c.isHome(next):
		return nil, fault(q, "the link to the next page leads to "+next.Scheme+"://"+next.Host+", which is not the Canvas that was asked")
	}
	return next, nil
}

// isHome reports whether u is on the client's Canvas: there the token may go.
func (c *Client) isHome(u *url.URL) bool {
	return u.Scheme == c.base.Scheme && strings.EqualFold(u.Host, c.base.Host) && u.User == nil
}

func fault(q call, message string) error {
	return &Error{Op: q.op, Status: http.StatusOK, Kind: ErrUnreachable, Message: message}
}
