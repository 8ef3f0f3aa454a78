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

// A rejection is an error of an HTTP request whose operation does not run, with the status of the
// response.
type rejection struct {
	status int
	err    *gqlerror.Error
}

func newRejection(status int, format string, args ...any) *rejection {
	err := gqlerror.Errorf(format, args...)
	err.Extensions = map[string]any{"code": fault.BadInput.Code}
	return &rejection{status, err}
}

// rejectionOf returns the rejection of a request by a failure.
func rejectionOf(f *fault.Error) *rejection { return &rejection{f.Kind.Status, clientError(f)} }

// readParams reads the parameters of a GraphQL request. It ignores parameters that are not in the
// GraphQL-over-HTTP specification. If a parameter is repeated, the last one in a body counts, and
// the first one in a query string. Error messages do not repeat parts of the request.
func readParams(w http.ResponseWriter, r *http.Request, lim Limits) (*graphql.RawParams, *rejection) {
	var params *graphql.RawParams
	var rejected *rejection
	switch r.Method {
	case http.MethodGet:
		params, rejected = readQuery(r, lim)
	case http.MethodPost:
		params, rejected = readBody(w, r, lim)
	default:
		return nil, newRejection(http.StatusMethodNotAllowed, "The method must be GET or POST.")
	}
	if rejected == nil && strings.TrimSpace(params.Query) == "" {
		rejected = rejectMissingQuery(params)
	}
	return params, rejected
}

// PersistedQueryCode is the code of a request with only the hash of a document, in Apollo's protocol for
// persisted queries.
const PersistedQueryCode = "PERSISTED_QUERY_NOT_SUPPORTED"

// rejectMissingQuery returns the rejection of a request without a document. A request with the hash of a
// document gets the message and the code that make Apollo's clients send the document.
func rejectMissingQuery(params *graphql.RawParams) *rejection {
	if _, ok := params.Extensions["persistedQuery"]; !ok {
		return newRejection(http.StatusBadRequest, "“query” is missing; send a GraphQL document in it.")
	}
	err := gqlerror.Errorf("PersistedQueryNotSupported")
	err.Extensions = map[string]any{"code": PersistedQueryCode}
	return &rejection{http.StatusBadRequest, err}
}

func readQuery(r *http.Request, lim Limits) (*graphql.RawParams, *rejection) {
	if int64(len(r.URL.RawQuery)) > lim.BodyBytes {
		return nil, tooLarge(lim)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, newRejection(http.StatusBadRequest, "The query string is not well-formed; percent-encode its values.")
	}
	params := &graphql.RawParams{Query: query.Get("query"), OperationName: query.Get("operationName")}
	for name, target := range map[string]*map[string]any{"variables": &params.Variables, "extensions": &params.Extensions} {
		text := query.Get(name)
		if text == "" {
			continue
		}
		if jsondepth.Exceeds([]byte(text)) || !decode([]byte(text), target) {
			return nil, newRejection(http.StatusBadRequest, "“%s” must be a JSON object.", name)
		}
	}
	return params, nil
}

func readBody(w http.ResponseWriter, r *http.Request, lim Limits) (*graphql.RawParams, *rejection) {
	if !isJSON(r.Header) {
		return nil, newRejection(http.StatusUnsupportedMediaType, "The Content-Type must be application/json in UTF-8, or multipart/form-data with the header %s.", preflightHeaders[0])
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, lim.BodyBytes))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge(lim)
	case err != nil:
		return nil, newRejection(http.StatusBadRequest, "The body is incomplete; send the request again.")
	}
	return parseBody(body)
}

// isJSON reports whether a body is JSON in UTF-8. A browser sends such a body to another site only
// after a CORS preflight, so a page of another site cannot forge the request.
func isJSON(h http.Header) bool {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, hasCharset := params["charset"]
	return err == nil && media == plainJSON && (!hasCharset || strings.EqualFold(charset, "utf-8"))
}

func parseBody(body []byte) (*graphql.RawParams, *rejection) {
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) {
		return nil, newRejection(http.StatusBadRequest, "This server does not support lists of operations; send one operation per request.")
	}
	if jsondepth.Exceeds(body) {
		return nil, newRejection(http.StatusBadRequest, "The JSON of the body nests deeper than %d levels; reduce the nesting.", jsondepth.Max)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, newRejection(http.StatusBadRequest, "The body must be a JSON object%s.", syntaxErrorOffset(err))
	}
	params := &graphql.RawParams{}
	for _, m := range []struct {
		name, expected string
		target         any
	}{
		{"query", "a string", &params.Query},
		{"operationName", "a string or null", &params.OperationName},
		{"variables", "an object or null", &params.Variables},
		{"extensions", "an object or null", &params.Extensions},
	} {
		if raw, ok := members[m.name]; ok && !decode(raw, m.target) {
			return nil, newRejection(http.StatusBadRequest, "“%s” must be %s.", m.name, m.expected)
		}
	}
	return params, nil
}

// decode decodes one JSON value, and returns false if raw is not one value of the type of target.
// Numbers become json.Number, so that 64-bit ids keep their digits.
func decode(raw []byte, target any) bool {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(target) == nil && dec.InputOffset() == int64(len(bytes.TrimRight(raw, " \t\r\n")))
}

// syntaxErrorOffset describes the offset of a syntax error and does not quote the JSON. It returns
// "" for other errors.
func syntaxErrorOffset(err error) string {
	var syntaxErr *json.SyntaxError
	if errors.As(err, &syntaxErr) {
		return fmt.Sprintf(" (syntax error at byte %d)", syntaxErr.Offset)
	}
	return ""
}

func tooLarge(lim Limits) *rejection {
	const message = "The request is larger than %d bytes; split it into smaller requests."
	return &rejection{http.StatusRequestEntityTooLarge, limitError("bodyBytes", lim.BodyBytes, message, lim.BodyBytes)}
}
