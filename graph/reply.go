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

	"github.com/momotor/resultgraph/internal/fault"
)

const (
	mostErrors = 20  // how many errors of a document are told
	mostText   = 300 // how many bytes of a message or a name in a path, which can hold parts of the request
)

// writeError answers with one error and without data: for what goes wrong before GraphQL
// has its turn, such as a missing API key. It respects Accept as far as it can.
func writeError(w http.ResponseWriter, r *http.Request, status int, err *gqlerror.Error) {
	media, _ := negotiate(r)
	setHeaders(w.Header(), media)
	writeReply(w, status, &graphql.Response{Errors: gqlerror.List{err}})
}

// setHeaders sets what every answer has. No answer may be kept by a cache: they hold
// student data, and what they hold depends on who asks.
func setHeaders(h http.Header, media string) {
	h.Set("Content-Type", media+"; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept")
}

// writeReply writes an answer. The data is written as it is; an answer without any has no
// "data" at all, which says that nothing was run.
func writeReply(w http.ResponseWriter, status int, resp *graphql.Response) {
	var head, tail bytes.Buffer
	head.WriteByte('{')
	if resp.Data != nil {
		head.WriteString(`"data":`)
	}
	separate := resp.Data != nil
	if len(resp.Errors) > 0 {
		member(&tail, separate, "errors", resp.Errors)
		separate = true
	}
	if len(resp.Extensions) > 0 {
		member(&tail, separate, "extensions", resp.Extensions)
	}
	tail.WriteByte('}')

	w.Header().Set("Content-Length", strconv.Itoa(head.Len()+len(resp.Data)+tail.Len()))
	w.WriteHeader(status)
	// A failed write means that the client is gone: there is nobody to tell.
	for _, part := range [][]byte{head.Bytes(), resp.Data, tail.Bytes()} {
		_, _ = w.Write(part)
	}
}

// member writes one member of a JSON object.
func member(to *bytes.Buffer, separate bool, name string, value any) {
	if separate {
		to.WriteByte(',')
	}
	to.WriteString(`"` + name + `":`)
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic(err) // an error extension of ours that is not JSON
	}
	to.Truncate(to.Len() - 1) // the encoder's newline
}

// statusOf returns the status of an answer without data. A code that is about the caller
// or about us decides it; what is about the document is 200 in application/json.
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

// abridge shortens errors about a document: it can have thousands, and names as long as itself.
func abridge(errs gqlerror.List) gqlerror.List {
	if rest := len(errs) - mostErrors; rest > 0 {
		more := gqlerror.Errorf("there are %d more errors", rest)
		more.Extensions = errs[mostErrors].Extensions
		errs = append(errs[:mostErrors:mostErrors], more)
	}
	for _, err := range errs {
		err.Message = shorten(err.Message)
		for i, step := range err.Path {
			if name, ok := step.(ast.PathName); ok {
				err.Path[i] = ast.PathName(shorten(string(name)))
			}
		}
	}
	return errs
}

func shorten(text string) string {
	if len(text) <= mostText {
		return text
	}
	cut := mostText
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strings.Clone(text[:cut]) + "…"
}
