package graph

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/conditional"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/spool"
)

const (
	maxErrors    = 20  // errors in an answer about an invalid document
	maxTextBytes = 300 // bytes of a message or of a name in a path; both can contain parts of the request
)

// writeError answers with one error and without data. It is for errors before the executor runs,
// such as a missing API key. It respects the header Accept if possible.
func writeError(w http.ResponseWriter, r *http.Request, status int, err *gqlerror.Error) {
	media, _ := negotiate(r)
	setHeaders(w.Header(), media)
	writeReply(w, status, &graphql.Response{Errors: gqlerror.List{err}})
}

// setHeaders sets the headers of every answer. Caches must not store answers, because they have
// student data and depend on the caller.
func setHeaders(h http.Header, media string) {
	h.Set("Content-Type", media+"; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept")
}

// writeReply writes an answer. An answer without data has no member "data", which means that no
// operation was run.
func writeReply(w http.ResponseWriter, status int, resp *graphql.Response) {
	parts := replyParts(resp)
	writeHead(w, status, resp.Errors, len(parts[0])+len(parts[1])+len(parts[2]))
	// A failed write means that the client is gone.
	for _, part := range parts {
		_, _ = w.Write(part)
	}
}

// sendReply writes an answer like writeReply, but does not keep it in memory until the client has it. If
// too many answers wait for their clients, it writes an error instead, without the tag of condition. It
// returns an error if the answer is incomplete.
func (t httpTransport) sendReply(w http.ResponseWriter, owner string, op ast.Operation, condition *conditional.Request, status int, resp *graphql.Response) error {
	body, err := t.spools.Body(owner, replyParts(resp)...)
	if err != nil {
		unsent := &graphql.Response{Errors: gqlerror.List{clientError(spool.ErrFull)}}
		if status = fault.Unavailable.Status; op == ast.Mutation && resp.Data != nil { // do not let the client repeat it
			status, unsent.Data = http.StatusOK, []byte("null")
		}
		writeReply(w, status, unsent)
		return nil
	}
	condition.SetHeader(w.Header())
	writeHead(w, status, resp.Errors, body.Size())
	resp.Data = nil // the body has it
	return body.Send(func(part []byte) error {
		_, err := w.Write(part)
		return err
	})
}

// replyParts returns the three parts of an answer; the second is the data.
func replyParts(resp *graphql.Response) [][]byte {
	var head, tail bytes.Buffer
	head.WriteByte('{')
	if resp.Data != nil {
		head.WriteString(`"data":`)
	}
	needsComma := resp.Data != nil
	if len(resp.Errors) > 0 {
		appendMember(&tail, needsComma, "errors", resp.Errors)
		needsComma = true
	}
	if len(resp.Extensions) > 0 {
		appendMember(&tail, needsComma, "extensions", resp.Extensions)
	}
	tail.WriteByte('}')
	return [][]byte{head.Bytes(), resp.Data, tail.Bytes()}
}

// writeHead writes the head of an answer with a body of size bytes.
func writeHead(w http.ResponseWriter, status int, errs gqlerror.List, size int) {
	setRetryAfter(w.Header(), status, errs)
	w.Header().Set("Content-Length", strconv.Itoa(size))
	w.WriteHeader(status)
}

// setRetryAfter sets the header Retry-After of an answer with the status 429 or 503 to the longest
// wait of its errors.
func setRetryAfter(h http.Header, status int, errs gqlerror.List) {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return
	}
	longest := 0
	for _, err := range errs {
		seconds, _ := err.Extensions["retryAfter"].(int)
		longest = max(longest, seconds)
	}
	h.Set("Retry-After", strconv.Itoa(longest))
}

// appendMember appends one member of a JSON object.
func appendMember(to *bytes.Buffer, needsComma bool, name string, value any) {
	if needsComma {
		to.WriteByte(',')
	}
	to.WriteString(`"` + name + `":`)
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic(err) // an extension has a value that JSON cannot represent
	}
	to.Truncate(to.Len() - 1) // remove the encoder's newline
}

// statusOf returns the HTTP status of an answer without data. If an error concerns the caller or
// the server, its code decides the status. Otherwise the document is invalid, and the status is 200
// for the media type application/json and 400 for graphqlJSON.
func statusOf(media string, errs gqlerror.List) int {
	for _, err := range errs {
		for _, k := range []*fault.Kind{
			fault.Unauthenticated, fault.Forbidden, fault.RateLimited, fault.Unavailable, fault.Internal,
		} {
			if err.Extensions["code"] == k.Code {
				return k.Status
			}
		}
	}
	if media == graphqlJSON {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// truncateErrors limits the number of errors of a document and the lengths of their texts: a
// document can have thousands of errors and long names.
func truncateErrors(errs gqlerror.List) gqlerror.List {
	if rest := len(errs) - maxErrors; rest > 0 {
		more := gqlerror.Errorf("The document has %d more errors.", rest)
		more.Extensions = errs[maxErrors].Extensions
		errs = append(errs[:maxErrors:maxErrors], more)
	}
	for _, err := range errs {
		err.Message = truncateText(err.Message)
		for i, step := range err.Path {
			if name, ok := step.(ast.PathName); ok {
				err.Path[i] = ast.PathName(truncateText(string(name)))
			}
		}
	}
	return errs
}

func truncateText(text string) string {
	if len(text) <= maxTextBytes {
		return text
	}
	cut := maxTextBytes
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strings.Clone(text[:cut]) + "…"
}
