package canvas

import "net"

// WithMaxPages sets the maximum number of pages of one list.
func WithMaxPages(n int) Option { return func(c *Client) { c.maxPages = n } }

// WithResolver sets the resolver of the hosts of files.
func WithResolver(r *net.Resolver) Option { return func(c *Client) { c.resolver = r } }
