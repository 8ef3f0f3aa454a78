package canvas

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
)

// errorResponse returns the failure for an error response. Canvas is inconsistent: a missing
// permission is 401 on older sites and 403 on newer ones, and the rate limit is 403 in plain
// text or, depending on a setting, 429.
func errorResponse(q call, resp *http.Response, body []byte, token string) *failure {
	text := canvasMessage(body, resp.Header, token)
	f := &failure{err: Error{Op: q.op, Status: resp.StatusCode, Message: text}, header: resp.Header}
	switch status := resp.StatusCode; {
	case isThrottled(resp, body):
		f.err.Kind, f.throttled = ErrThrottled, true
		f.err.Message = "wait some minutes and request less data at once"
	case status == http.StatusUnauthorized:
		classifyUnauthorized(f, resp.Header)
	case status == http.StatusForbidden:
		f.err.Kind = ErrForbidden
		f.err.Message = cmp.Or(text, "the owner of the token lacks the permission in this course")
	case isMissing(status) && isCanvasError(resp, body), status == http.StatusBadRequest && strings.HasPrefix(text, unknownAssignment):
		f.err.Kind = ErrNotFound
	case isMissing(status): // from a proxy in front of Canvas
		f.err.Kind, f.err.Message = ErrUnreachable, "the response is not from Canvas: check its URL"
	case status < 400:
		f.err.Kind, f.err.Message = ErrUnreachable, "Canvas redirects the request: check its URL"
	case status < 500:
		f.err.Kind = ErrRejected
	case q.isWrite():
		f.err.Kind = ErrOutcomeUnknown
	default:
		f.err.Kind, f.transient = ErrUnreachable, true
	}
	return f
}

// isThrottled reports whether the rate limit rejected the request, and not a missing
// permission. It checks the remaining quota and the text, because a proxy may remove either.
func isThrottled(resp *http.Response, body []byte) bool {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		remaining, known := remainingQuota(resp.Header)
		return known && remaining <= 0 || !isJSON(resp.Header) && strings.Contains(string(body), "Rate Limit Exceeded")
	}
	return false
}

// unknownAssignment is the start of the message of update_grades for an assignment that does
// not exist, with status 400 (submissions_api_controller.rb of Canvas).
const unknownAssignment = "Some assignments could not be found"

func isMissing(status int) bool { return status == http.StatusNotFound || status == http.StatusGone }

// isCanvasError reports whether a response has the format of Canvas' own errors.
func isCanvasError(resp *http.Response, body []byte) bool {
	var document struct {
		Errors json.RawMessage `json:"errors"`
	}
	return isJSON(resp.Header) && json.Unmarshal(body, &document) == nil && document.Errors != nil
}

// classifyUnauthorized distinguishes an invalid token from a missing permission. Only the
// response for an invalid token has the challenge (lib/authentication_methods.rb of Canvas).
func classifyUnauthorized(f *failure, h http.Header) {
	lower := strings.ToLower(f.err.Message)
	switch {
	case strings.Contains(lower, "insufficient scopes"):
		f.err.Kind = ErrForbidden
		f.err.Message += " Add the scope to the developer key in Canvas."
	case strings.HasPrefix(strings.ToLower(h.Get("WWW-Authenticate")), "bearer"):
		f.err.Kind = ErrUnauthorized
		f.expired = !strings.Contains(lower, "revoked")
	case strings.Contains(lower, "user authorization required"):
		f.err.Kind = ErrUnauthorized
	default:
		f.err.Kind = ErrForbidden
		f.err.Message = cmp.Or(f.err.Message, "the owner of the token lacks the permission in this course")
	}
}

// canvasMessage returns the error message in a JSON response of Canvas, in any of its formats.
// It ignores the pages of proxies.
func canvasMessage(body []byte, h http.Header, token string) string {
	if !isJSON(h) {
		return ""
	}
	var document struct {
		Errors           json.RawMessage `json:"errors"`
		Error            json.RawMessage `json:"error"`
		ErrorDescription string          `json:"error_description"`
		Message          string          `json:"message"`
	}
	if json.Unmarshal(body, &document) != nil {
		return ""
	}
	text := cmp.Or(document.ErrorDescription, errorText(document.Errors), errorText(document.Error), document.Message)
	if token != "" {
		text = strings.ReplaceAll(text, token, "[token]")
	}
	return quote(text)
}

// errorText returns the text of an error that is a string, {"message": …} or a list of these.
func errorText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var object struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(raw, &object) == nil {
		return object.Message
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && len(list) > 0 {
		return errorText(list[0])
	}
	return ""
}
