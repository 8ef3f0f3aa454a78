package canvas

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
)

// acceptHeader requests ids as strings, because some JSON readers round large numbers.
const acceptHeader = "application/json+canvas-string-ids, application/json"

// userAgent identifies the client, as Canvas requires.
const userAgent = "resultgraph"

// send sends the call once and decodes the response into q.target. The error is a *failure,
// or the error of the context if no request was sent.
func (c *Client) send(ctx context.Context, q call, token string) (http.Header, error) {
	if err := c.acquire(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", q.op, err)
	}
	defer c.release()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()

	var connected atomic.Bool // the request may arrive once there is a connection
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	r, err := newRequest(ctx, q, token)
	if err != nil {
		return nil, err
	}
	entry := c.startLog(r)
	resp, err := c.transport.RoundTrip(r)
	if err != nil {
		entry.logError(ctx, err)
		return nil, connectionFailure(q, 0, connected.Load(), err)
	}
	defer resp.Body.Close()
	body, err := readAtMost(resp.Body, maxResponse)
	entry.logResponse(ctx, resp, err)
	c.limiter.observe(resp.Header, c.clock.now())
	if resp.StatusCode >= 300 {
		return nil, errorResponse(q, resp, body, token)
	}
	switch {
	case errors.Is(err, ErrTooLarge):
		f := invalidResponse(q, resp.StatusCode, fmt.Sprintf("the response is larger than %d bytes", maxResponse))
		f.err.Cause = ErrTooLarge
		return nil, f
	case err != nil:
		return nil, connectionFailure(q, resp.StatusCode, true, err)
	case !isJSON(resp.Header):
		return nil, invalidResponse(q, resp.StatusCode, "the response is not JSON: check the URL of Canvas")
	}
	return resp.Header, decode(q, body)
}

// decode decodes the response. JSON that is cut off counts as a transient failure.
func decode(q call, body []byte) error {
	err := json.Unmarshal(stripNUL(body), q.target)
	if err == nil {
		return nil
	}
	if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
		f := invalidResponse(q, http.StatusOK, fmt.Sprintf("the response is cut off after %d bytes", broken.Offset))
		f.transient = !q.isWrite()
		return f
	}
	return invalidResponse(q, http.StatusOK, "the response has an unexpected format: "+describeMismatch(err))
}

// describeMismatch describes a JSON value of an unexpected type, without the value.
func describeMismatch(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%s is a JSON %s", t.Field, t.Value)
	}
	return err.Error()
}

func newRequest(ctx context.Context, q call, token string) (*http.Request, error) {
	var body io.Reader
	if q.isWrite() {
		body = strings.NewReader(q.form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, q.method(), q.url.String(), body)
	if err != nil {
		return nil, fmt.Errorf("%s: the URL is not valid", q.op)
	}
	r.Header.Set("Accept", acceptHeader)
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Authorization", "Bearer "+token)
	if q.isWrite() {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r, nil
}

// readAtMost reads at most limit bytes. After an error it returns the bytes read so far.
func readAtMost(from io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err == nil && int64(len(body)) > limit {
		return body[:limit], ErrTooLarge
	}
	return body, err
}

// connectionFailure is the failure of a request without a complete response.
func connectionFailure(q call, status int, connected bool, cause error) *failure {
	// Transports of callers may add the URL, whose query may contain secrets.
	if u, ok := errors.AsType[*url.Error](cause); ok {
		cause = u.Err
	}
	f := &failure{err: Error{Op: q.op, Status: status, Kind: ErrUnreachable, Cause: cause}, transient: true}
	if q.isWrite() && connected {
		f.err.Kind, f.transient = ErrOutcomeUnknown, false
	}
	return f
}

// invalidResponse is the failure of a request whose successful response cannot be decoded.
func invalidResponse(q call, status int, canvasMessage string) *failure {
	f := &failure{err: Error{Op: q.op, Status: status, Kind: ErrUnreachable, Message: canvasMessage}}
	if q.isWrite() {
		f.err.Kind = ErrOutcomeUnknown
	}
	return f
}

func isJSON(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasPrefix(kind, "application/json+"))
}
