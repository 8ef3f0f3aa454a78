package canvas

import (
	"encoding/json"
	"net/http"
	"strings"
)

// refused says what an answer that is no success means. Canvas is not of one mind: a lack
// of permission is 401 on older sites and 403 on newer ones, and the rate limit is 403 in
// plain text or, where a setting says so, 429.
func refused(q call, resp *http.Response, body []byte, token string) *failure {
	said := message(body, resp.Header, token)
	f := &failure{err: Error{Op: q.op, Status: resp.StatusCode, Message: said}, header: resp.Header}
	switch status := resp.StatusCode; {
	case isThrottled(resp, body):
		f.err.Kind, f.throttled = ErrThrottled, true
		f.err.Message = "wait some minutes, and ask for less at once"
	case status == http.StatusUnauthorized:
		unauthorized(f, resp.Header)
	case status == http.StatusForbidden:
		f.err.Kind = ErrForbidden
		f.err.Message = or(said, "the owner of the token lacks the permission in this course")
	case isGone(status) && isCanvasError(resp, body), status == http.StatusBadRequest && strings.HasPrefix(said, unknownAssignment):
		f.err.Kind = ErrNotFound
	case isGone(status): // of something in front of Canvas, which knows nothing of courses
		f.err.Kind, f.err.Message = ErrUnreachable, "the answer is not one of Canvas: is its address right?"
	case status < 400:
		f.err.Kind, f.err.Message = ErrUnreachable, "Canvas sends the request elsewhere: is its address right?"
	case status < 500:
		f.err.Kind = ErrRefused
	case q.changes():
		f.err.Kind = ErrUnsure
	default:
		f.err.Kind, f.transient = ErrUnreachable, true
	}
	return f
}

// isThrottled tells a refusal of the rate limit from a lack of permission, by what is left
// of the limit or by the text, of which a proxy may keep either one away.
func isThrottled(resp *http.Response, body []byte) bool {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		left, told := remaining(resp.Header)
		return told && left <= 0 || !isJSON(resp.Header) && strings.Contains(string(body), "Rate Limit Exceeded")
	}
	return false
}

// unknownAssignment begins what update_grades says of an assignment that is not there, with
// status 400 (submissions_api_controller.rb of Canvas).
const unknownAssignment = "Some assignments could not be found"

func isGone(status int) bool { return status == http.StatusNotFound || status == http.StatusGone }

// isCanvasError tells whether an answer has the form of Canvas' own errors.
func isCanvasError(resp *http.Response, body []byte) bool {
	var said struct {
		Errors json.RawMessage `json:"errors"`
	}
	return isJSON(resp.Header) && json.Unmarshal(body, &said) == nil && said.Errors != nil
}

// unauthorized tells a token that is not accepted from one that does not suffice. Only the
// former has the challenge (lib/authentication_methods.rb of Canvas).
func unauthorized(f *failure, h http.Header) {
	said := strings.ToLower(f.err.Message)
	switch {
	case strings.Contains(said, "insufficient scopes"):
		f.err.Kind = ErrForbidden
		f.err.Message += " Add the scope to the developer key in Canvas."
	case strings.HasPrefix(strings.ToLower(h.Get("WWW-Authenticate")), "bearer"):
		f.err.Kind = ErrUnauthorized
		f.expired = !strings.Contains(said, "revoked")
	case strings.Contains(said, "user authorization required"):
		f.err.Kind = ErrUnauthorized
	default:
		f.err.Kind = ErrForbidden
		f.err.Message = or(f.err.Message, "the owner of the token lacks the permission in this course")
	}
}

// message is what Canvas itself says in a JSON answer, in any of its forms. Pages of
// proxies in front of it say nothing worth repeating.
func message(body []byte, h http.Header, token string) string {
	if !isJSON(h) {
		return ""
	}
	var said struct {
		Errors           json.RawMessage `json:"errors"`
		Error            json.RawMessage `json:"error"`
		ErrorDescription string          `json:"error_description"`
		Message          string          `json:"message"`
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	text := or(said.ErrorDescription, inner(said.Errors), inner(said.Error), said.Message)
	if token != "" {
		text = strings.ReplaceAll(text, token, "[token]")
	}
	return words(text)
}

// inner is the text of an error that is a string, {"message": …} or a list of these.
func inner(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var one struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(raw, &one) == nil {
		return one.Message
	}
	var many []json.RawMessage
	if json.Unmarshal(raw, &many) == nil && len(many) > 0 {
		return inner(many[0])
	}
	return ""
}

// or is the first text that is not empty.
func or(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
