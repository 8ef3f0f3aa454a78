// Package conditional has the conditional requests of RFC 9110, section 13: a client that has a response
// sends its entity tag in If-None-Match, and gets 304 if the response would be the same.
//
// The server of HTTP and the executor of the operation share a Request, because only the executor knows
// whether the data is the same.
package conditional

import (
	"context"
	"net/http"
	"strings"
)

// A Request is a request whose response can have an entity tag.
type Request struct {
	// Tags are the opaque texts of the tags in If-None-Match.
	Tags []string
	// Representation names the form of the response, such as its media type. Responses with the same data
	// in different forms have different tags.
	Representation string

	// Tag is the opaque text of the tag of the response; "" means that the response has none. NotModified
	// is set when Tags has Tag; then there is no data. The executor sets both before the first byte of the
	// response.
	Tag         string
	NotModified bool
}

// maxTags and maxHeader limit the work for If-None-Match: more tags, and a longer header, are ignored.
const (
	maxTags   = 16
	maxHeader = 8 << 10
)

// New returns the Request of a request with the method GET or HEAD, and nil for other methods.
func New(r *http.Request, representation string) *Request {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil
	}
	return &Request{Tags: parseTags(strings.Join(r.Header["If-None-Match"], ",")), Representation: representation}
}

// parseTags returns the opaque texts of a list of entity tags. It ignores the marks of weak tags, because
// If-None-Match compares weakly. It ignores everything after a syntax error, and "*", because 304 for "*"
// would not tell a client whether the response that it has is current.
func parseTags(header string) (tags []string) {
	if len(header) > maxHeader {
		return nil
	}
	for len(tags) < maxTags {
		header = strings.TrimPrefix(strings.TrimLeft(header, ", \t"), "W/")
		rest, ok := strings.CutPrefix(header, `"`)
		if !ok {
			return tags
		}
		tag, after, ok := strings.Cut(rest, `"`)
		if !ok {
			return tags
		}
		tags, header = append(tags, tag), after
	}
	return tags
}

// SetHeader sets the headers of a response with a tag: a client may store the response, and must revalidate
// it before using it again. Other responses keep their headers. The receiver can be nil.
func (c *Request) SetHeader(h http.Header) {
	if c == nil || c.Tag == "" {
		return
	}
	h.Set("ETag", `"`+c.Tag+`"`)
	h.Set("Cache-Control", "private, no-cache")
	AddVary(h, "Authorization", "Cookie")
}

// AddVary adds names of headers to Vary that it does not have yet. Vary stays one line.
func AddVary(h http.Header, names ...string) {
	vary := strings.Join(h.Values("Vary"), ", ")
	for _, name := range names {
		if !strings.Contains(vary, name) {
			vary += ", " + name
		}
	}
	h.Set("Vary", strings.TrimPrefix(vary, ", "))
}

// WriteNotModified responds with 304.
func (c *Request) WriteNotModified(w http.ResponseWriter) {
	h := w.Header()
	c.SetHeader(h)
	h.Del("Content-Type")
	w.WriteHeader(http.StatusNotModified)
}

type contextKey struct{}

// With returns a context with a Request, for the executor.
func With(ctx context.Context, c *Request) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// From returns the Request of a context, or nil.
func From(ctx context.Context) *Request {
	c, _ := ctx.Value(contextKey{}).(*Request)
	return c
}
