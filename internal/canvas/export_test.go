package canvas

// WithMaxPages sets the maximum number of pages of one list.
func WithMaxPages(n int) Option { return func(c *Client) { c.maxPages = n } }
