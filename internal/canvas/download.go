package canvas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/momotor/resultgraph/internal/addressguard"
)

// maxRedirects is the maximum number of requests of a download.
const maxRedirects = 5

// Download writes a submitted file to w, given the URL of its Attachment, and returns the
// number of bytes. The error for a file of more than limit bytes is ErrTooLarge; w then has
// the first limit bytes or none. An error of w is returned unchanged.
//
// Canvas redirects to the file hosts of its site. Download connects to no address of this computer
// or its local network (ErrRejected) unless Canvas itself has an address there. Only Canvas receives
// the token, and only a response of Canvas can be ErrNotFound. Errors are retried as for other
// reads until the first byte is written to w; afterwards w has a part of the file.
func (c *Client) Download(ctx context.Context, attachment string, w io.Writer, limit int64) (int64, error) {
	const op = "download a file"
	u, err := url.Parse(attachment)
	switch {
	case err != nil || u.Host == "":
		return 0, &Error{Op: op, Kind: ErrRejected, Message: "the file has no URL"}
	case u.Scheme != "https" && u.Scheme != c.base.Scheme:
		return 0, &Error{Op: op, Kind: ErrRejected, Message: "the URL of the file is not https like that of Canvas"}
	}
	var n int64
	q := call{op: op, url: u}
	err = c.retry(ctx, op, func(token string) error {
		var err error
		n, err = c.fetch(ctx, q, token, w, limit)
		return err
	})
	return n, err
}

// fetch follows the redirects and copies the file.
func (c *Client) fetch(ctx context.Context, q call, token string, w io.Writer, limit int64) (int64, error) {
	if err := c.acquire(ctx); err != nil {
		return 0, fmt.Errorf("%s: %w", q.op, err)
	}
	defer c.release()
	ctx, cancel := context.WithTimeout(ctx, 10*c.timeout)
	defer cancel()
	for range maxRedirects {
		resp, err := c.requestFile(ctx, q, token)
		if err != nil {
			return 0, err
		}
		next, err := redirectTarget(q, resp)
		switch {
		case err != nil:
			resp.Body.Close()
			return 0, err
		case next == nil:
			defer resp.Body.Close()
			return c.copyFile(q, resp, token, w, limit)
		}
		resp.Body.Close()
		q.url = next
	}
	return 0, &failure{err: Error{Op: q.op, Kind: ErrUnreachable, Message: fmt.Sprintf("there are more than %d redirects", maxRedirects)}}
}

func (c *Client) requestFile(ctx context.Context, q call, token string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, q.url.String(), nil)
	if err != nil {
		return nil, &failure{err: Error{Op: q.op, Kind: ErrRejected, Message: "the URL of the file is not valid"}}
	}
	r.Header.Set("User-Agent", userAgent)
	transport := c.fileTransport
	if c.isCanvas(q.url) {
		transport = c.transport
		r.Header.Set("Authorization", "Bearer "+token)
	}
	entry := c.startLog(r)
	resp, err := transport.RoundTrip(r)
	if err != nil {
		entry.logError(ctx, err)
		f := connectionFailure(q, 0, false, err)
		f.err.FileHost = !c.isCanvas(q.url)
		if errors.Is(err, addressguard.ErrLocal) {
			f.err.Kind, f.transient = ErrRejected, false
		}
		return nil, f
	}
	entry.logResponse(ctx, resp, nil)
	return resp, nil
}

// redirectTarget returns the target of a redirect, or nil for any other response. It rejects
// redirects from https to http.
func redirectTarget(q call, resp *http.Response) (*url.URL, error) {
	if resp.StatusCode < 300 || resp.StatusCode >= 400 {
		return nil, nil
	}
	f := &failure{err: Error{Op: q.op, Status: resp.StatusCode, Kind: ErrUnreachable}}
	next, err := q.url.Parse(resp.Header.Get("Location"))
	switch {
	case err != nil || next.Host == "" || resp.Header.Get("Location") == "":
		f.err.Message = "the redirect has no target"
	case next.Scheme != "https" && next.Scheme != q.url.Scheme:
		f.err.Message = "the redirect leads from https to " + next.Scheme
	default:
		return next, nil
	}
	return nil, f
}

func (c *Client) copyFile(q call, resp *http.Response, token string, w io.Writer, limit int64) (int64, error) {
	if resp.StatusCode >= 400 {
		return 0, c.fileError(q, resp, token)
	}
	if resp.ContentLength > limit {
		return 0, fileTooLarge(q, limit)
	}
	out := &errWriter{w: w}
	n, err := io.Copy(out, io.LimitReader(resp.Body, limit))
	switch {
	case out.err != nil:
		return n, fmt.Errorf("%s: %w", q.op, out.err)
	case err != nil:
		f := connectionFailure(q, resp.StatusCode, false, err)
		f.transient, f.err.FileHost = n == 0, !c.isCanvas(q.url)
		return n, f
	case n < limit:
		return n, nil
	}
	if more, _ := io.ReadFull(resp.Body, make([]byte, 1)); more > 0 {
		return n, fileTooLarge(q, limit)
	}
	return n, nil
}

// fileError returns the failure for an error response to a download. Only responses of Canvas
// itself, including HTML pages, say that a file does not exist, or concern the token and the
// rate limit.
func (c *Client) fileError(q call, resp *http.Response, token string) *failure {
	body, _ := readAtMost(resp.Body, 64<<10) // the status is an error already
	f := errorResponse(q, resp, body, token)
	status := resp.StatusCode
	switch {
	case c.isCanvas(q.url):
		if isMissing(status) {
			f.err.Kind, f.err.Message = ErrNotFound, ""
		}
		return f
	case isMissing(status), status == http.StatusTooManyRequests:
		f.err.Kind, f.transient = ErrUnreachable, true
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		f.err.Kind = ErrForbidden
	}
	f.expired, f.throttled, f.err.FileHost = false, false, true
	if status < 500 {
		f.err.Message = "the file host denies access to the file"
	}
	return f
}

func fileTooLarge(q call, limit int64) *failure {
	return &failure{err: Error{
		Op: q.op, Status: http.StatusOK, Kind: ErrTooLarge, Message: fmt.Sprintf("the file is larger than %d bytes", limit),
	}}
}

// An errWriter records the errors of a writer, to distinguish them from network errors.
type errWriter struct {
	w   io.Writer
	err error
}

func (r *errWriter) Write(p []byte) (int, error) {
	n, err := r.w.Write(p)
	r.err = errors.Join(r.err, err)
	return n, err
}
