package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jsondepth"
)

// A refusal is an error of the HTTP request itself, with the status of its answer.
type refusal struct {
	status int
	err    *gqlerror.Error
}

func refuse(status int, format string, args ...any) *refusal {
	err := gqlerror.Errorf(format, args...)
	err.Extensions = map[string]any{"code": fault.BadInput.Code}
	return &refusal{status, err}
}

// readParams reads the parameters of a GraphQL request. Parameters that the
// GraphQL-over-HTTP specification does not know are ignored, and of repeated ones the
// last counts in a body, the first in a query string. Nothing of the request is told back.
func readParams(w http.ResponseWriter, r *http.Request, lim Limits) (*graphql.RawParams, *refusal) {
	var params *graphql.RawParams
	var ref *refusal
	switch r.Method {
	case http.MethodGet:
		params, ref = readQuery(r, lim)
	case http.MethodPost:
		params, ref = readBody(w, r, lim)
	default:
		return nil, refuse(http.StatusMethodNotAllowed, "the method must be GET or POST")
	}
	if ref == nil && strings.TrimSpace(params.Query) == "" {
		ref = refuse(http.StatusBadRequest, "“query” is missing: it must hold a GraphQL document")
	}
	return params, ref
}

func readQuery(r *http.Request, lim Limits) (*graphql.RawParams, *refusal) {
	if int64(len(r.URL.RawQuery)) > lim.BodyBytes {
		return nil, tooLarge(lim)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the query string is not well-formed")
	}
	params := &graphql.RawParams{Query: query.Get("query"), OperationName: query.Get("operationName")}
	for name, to := range map[string]*map[string]any{"variables": &params.Variables, "extensions": &params.Extensions} {
		text := query.Get(name)
		if text == "" {
			continue
		}
		if jsondepth.Exceeds([]byte(text)) || !decode([]byte(text), to) {
			return nil, refuse(http.StatusBadRequest, "“%s” must be a JSON object", name)
		}
	}
	return params, nil
}

func readBody(w http.ResponseWriter, r *http.Request, lim Limits) (*graphql.RawParams, *refusal) {
	if !isJSON(r.Header) {
		return nil, refuse(http.StatusUnsupportedMediaType, "the Content-Type must be application/json in UTF-8, or multipart/form-data with the header %s", preflightHeaders[0])
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, lim.BodyBytes))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge(lim)
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "the body could not be read to its end")
	}
	return parseBody(body)
}

// isJSON reports whether a body is JSON in UTF-8. A browser does not send that to another
// site without asking first, so no foreign page can make a visitor change anything.
func isJSON(h http.Header) bool {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, given := params["charset"]
	return err == nil && media == plainJSON && (!given || strings.EqualFold(charset, "utf-8"))
}

func parseBody(body []byte) (*graphql.RawParams, *refusal) {
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) {
		return nil, refuse(http.StatusBadRequest, "a list of operations is not supported: send each in a request of its own")
	}
	if jsondepth.Exceeds(body) {
		return nil, refuse(http.StatusBadRequest, "the body nests deeper than %d levels", jsondepth.Max)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, refuse(http.StatusBadRequest, "the body must be a JSON object%s", place(err))
	}
	params := &graphql.RawParams{}
	for _, m := range []struct {
		name, want string
		to         any
	}{
		{"query", "a string", &params.Query},
		{"operationName", "a string or null", &params.OperationName},
		{"variables", "an object or null", &params.Variables},
		{"extensions", "an object or null", &params.Extensions},
	} {
		if raw, ok := members[m.name]; ok && !decode(raw, m.to) {
			return nil, refuse(http.StatusBadRequest, "“%s” must be %s", m.name, m.want)
		}
	}
	return params, nil
}

// decode reads one JSON value, with numbers as json.Number so that 64-bit ids keep their digits.
func decode(raw []byte, to any) bool {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(to) == nil && dec.InputOffset() == int64(len(bytes.TrimRight(raw, " \t\r\n")))
}

// place says where JSON goes wrong, without quoting it.
func place(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf(": it stops being JSON at byte %d", syntax.Offset)
	}
	return ""
}

func tooLarge(lim Limits) *refusal {
	const advice = "the request is larger than %d bytes: send less at a time"
	return &refusal{http.StatusRequestEntityTooLarge, exceeded("bodyBytes", lim.BodyBytes, advice, lim.BodyBytes)}
}
