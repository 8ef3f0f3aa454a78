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

// accept asks for ids as strings, which no JSON reader rounds.
const accept = "application/json+canvas-string-ids, application/json"

// agent names the client, as Canvas asks of all who use its API.
const agent = "resultgraph"

// try asks once and reads the answer into q.into. Its error is a *failure, or the
// context's when nothing was sent.
func (c *Client) try(ctx context.Context, q call, token string) (http.Header, error) {
	if err := c.take(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", q.op, err)
	}
	defer c.release()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()

	var sent atomic.Bool // once there is a connection, the request may arrive
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	})
	r, err := request(ctx, q, token)
	if err != nil {
		return nil, err
	}
	note := c.note(r)
	resp, err := c.http.RoundTrip(r)
	if err != nil {
		note.failed(ctx, err)
		return nil, lost(q, 0, sent.Load(), err)
	}
	defer resp.Body.Close()
	body, err := read(resp.Body, maxPage)
	note.answered(ctx, resp, err)
	c.pace.heed(resp.Header, c.clock.now())
	if resp.StatusCode >= 300 {
		return nil, refused(q, resp, body, token)
	}
	switch {
	case errors.Is(err, ErrTooLarge):
		f := garbled(q, resp.StatusCode, fmt.Sprintf("the answer has more than %d bytes", maxPage))
		f.err.Cause = ErrTooLarge
		return nil, f
	case err != nil:
		return nil, lost(q, resp.StatusCode, true, err)
	case !isJSON(resp.Header):
		return nil, garbled(q, resp.StatusCode, "the answer is no JSON: is this the address of Canvas?")
	}
	return resp.Header, decode(q, body)
}

// decode reads the answer. JSON that breaks off counts as lost on the way.
func decode(q call, body []byte) error {
	err := json.Unmarshal(withoutNUL(body), q.into)
	if err == nil {
		return nil
	}
	if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
		f := garbled(q, http.StatusOK, fmt.Sprintf("the answer breaks off after %d bytes", broken.Offset))
		f.transient = !q.changes()
		return f
	}
	return garbled(q, http.StatusOK, "the answer has an unexpected form: "+misfit(err))
}

// misfit names the place that a JSON value does not fit, without the value.
func misfit(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%s is a JSON %s", t.Field, t.Value)
	}
	return err.Error()
}

func request(ctx context.Context, q call, token string) (*http.Request, error) {
	var body io.Reader
	if q.changes() {
		body = strings.NewReader(q.form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, q.method(), q.url.String(), body)
	if err != nil {
		return nil, fmt.Errorf("%s: the address does not make a request", q.op)
	}
	r.Header.Set("Accept", accept)
	r.Header.Set("User-Agent", agent)
	r.Header.Set("Authorization", "Bearer "+token)
	if q.changes() {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r, nil
}

// read takes at most limit bytes, and what came when the rest is lost.
func read(from io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err == nil && int64(len(body)) > limit {
		return body[:limit], ErrTooLarge
	}
	return body, err
}

// lost is the failure of a request whose answer did not come, or not whole.
func lost(q call, status int, sent bool, cause error) *failure {
	// Transports of callers may add the address, whose query is nobody's business.
	if u, ok := errors.AsType[*url.Error](cause); ok {
		cause = u.Err
	}
	f := &failure{err: Error{Op: q.op, Status: status, Kind: ErrUnreachable, Cause: cause}, transient: true}
	if q.changes() && sent {
		f.err.Kind, f.transient = ErrUnsure, false
	}
	return f
}

// garbled is the failure of a success that cannot be read.
func garbled(q call, status int, message string) *failure {
	f := &failure{err: Error{Op: q.op, Status: status, Kind: ErrUnreachable, Message: message}}
	if q.changes() {
		f.err.Kind = ErrUnsure
	}
	return f
}

func isJSON(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasPrefix(kind, "application/json+"))
}
