package canvas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// hops is how many redirects a download follows.
const hops = 5

// Download writes a file that was handed in to w, given the URL of its Attachment, and
// gives the number of bytes. A file of more than limit bytes is ErrTooLarge: w got the
// first limit bytes then, or none. An error of w is returned as it is.
//
// Canvas keeps files elsewhere and sends the client there, but not to this computer's own
// network (ErrRefused), unless Canvas is there itself. Only Canvas is shown the token, and
// only Canvas can say that a file is gone (ErrNotFound). When an error comes before anything
// was written to w it is tried again as other reads are; afterwards it is not, and w holds a
// part.
func (c *Client) Download(ctx context.Context, attachment string, w io.Writer, limit int64) (int64, error) {
	const op = "download a file"
	u, err := url.Parse(attachment)
	switch {
	case err != nil || u.Host == "":
		return 0, &Error{Op: op, Kind: ErrRefused, Message: "the file has no address"}
	case u.Scheme != "https" && u.Scheme != c.base.Scheme:
		return 0, &Error{Op: op, Kind: ErrRefused, Message: "the address of the file is not https, as that of Canvas is"}
	}
	var n int64
	q := call{op: op, url: u}
	err = c.patiently(ctx, op, func(token string) error {
		var err error
		n, err = c.fetch(ctx, q, token, w, limit)
		return err
	})
	return n, err
}

// fetch follows the redirects and copies what is at their end.
func (c *Client) fetch(ctx context.Context, q call, token string, w io.Writer, limit int64) (int64, error) {
	if err := c.take(ctx); err != nil {
		return 0, fmt.Errorf("%s: %w", q.op, err)
	}
	defer c.release()
	ctx, cancel := context.WithTimeout(ctx, 10*c.timeout)
	defer cancel()
	for range hops {
		resp, err := c.open(ctx, q, token)
		if err != nil {
			return 0, err
		}
		next, err := onward(q, resp)
		switch {
		case err != nil:
			resp.Body.Close()
			return 0, err
		case next == nil:
			defer resp.Body.Close()
			return c.copy(q, resp, token, w, limit)
		}
		resp.Body.Close()
		q.url = next
	}
	return 0, &failure{err: Error{Op: q.op, Kind: ErrUnreachable, Message: fmt.Sprintf("there are more than %d redirects", hops)}}
}

func (c *Client) open(ctx context.Context, q call, token string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, q.url.String(), nil)
	if err != nil {
		return nil, &failure{err: Error{Op: q.op, Kind: ErrRefused, Message: "the address of the file does not make a request"}}
	}
	r.Header.Set("User-Agent", agent)
	if c.isHome(q.url) {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	note := c.note(r)
	resp, err := c.files.RoundTrip(r)
	if err != nil {
		note.failed(ctx, err)
		f := lost(q, 0, false, err)
		f.err.Elsewhere = !c.isHome(q.url)
		if errors.Is(err, errInward) {
			f.err.Kind, f.transient = ErrRefused, false
		}
		return nil, f
	}
	note.answered(ctx, resp, nil)
	return resp, nil
}

// onward is where a redirect leads, or nil when the answer is none. It never leads from
// https to http.
func onward(q call, resp *http.Response) (*url.URL, error) {
	if resp.StatusCode < 300 || resp.StatusCode >= 400 {
		return nil, nil
	}
	f := &failure{err: Error{Op: q.op, Status: resp.StatusCode, Kind: ErrUnreachable}}
	next, err := q.url.Parse(resp.Header.Get("Location"))
	switch {
	case err != nil || next.Host == "" || resp.Header.Get("Location") == "":
		f.err.Message = "the redirect leads nowhere"
	case next.Scheme != "https" && next.Scheme != q.url.Scheme:
		f.err.Message = "the redirect leads from https to " + next.Scheme
	default:
		return next, nil
	}
	return nil, f
}

func (c *Client) copy(q call, resp *http.Response, token string, w io.Writer, limit int64) (int64, error) {
	if resp.StatusCode >= 400 {
		return 0, c.withheld(q, resp, token)
	}
	if resp.ContentLength > limit {
		return 0, tooLarge(q, limit)
	}
	out := &recorded{w: w}
	n, err := io.Copy(out, io.LimitReader(resp.Body, limit))
	switch {
	case out.err != nil:
		return n, fmt.Errorf("%s: %w", q.op, out.err)
	case err != nil:
		f := lost(q, resp.StatusCode, false, err)
		f.transient, f.err.Elsewhere = n == 0, !c.isHome(q.url)
		return n, f
	case n < limit:
		return n, nil
	}
	if more, _ := io.ReadFull(resp.Body, make([]byte, 1)); more > 0 {
		return n, tooLarge(q, limit)
	}
	return n, nil
}

// withheld says what it means that a file is not given out. Only Canvas itself can say that
// it is gone, also by a page, or anything of the token and the rate limit.
func (c *Client) withheld(q call, resp *http.Response, token string) *failure {
	body, _ := read(resp.Body, 64<<10) // it is an error already, whatever its text
	f := refused(q, resp, body, token)
	status := resp.StatusCode
	switch {
	case c.isHome(q.url):
		if isGone(status) {
			f.err.Kind, f.err.Message = ErrNotFound, ""
		}
		return f
	case isGone(status), status == http.StatusTooManyRequests:
		f.err.Kind, f.transient = ErrUnreachable, true
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		f.err.Kind = ErrForbidden
	}
	f.expired, f.throttled, f.err.Elsewhere = false, false, true
	if status < 500 {
		f.err.Message = "the host that Canvas keeps the file on does not give it out"
	}
	return f
}

func tooLarge(q call, limit int64) *failure {
	return &failure{err: Error{
		Op: q.op, Status: http.StatusOK, Kind: ErrTooLarge, Message: fmt.Sprintf("the file has more than %d bytes", limit),
	}}
}

// recorded remembers that it was the writer, and not the network, that failed.
type recorded struct {
	w   io.Writer
	err error
}

func (r *recorded) Write(p []byte) (int, error) {
	n, err := r.w.Write(p)
	r.err = errors.Join(r.err, err)
	return n, err
}
