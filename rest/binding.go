package rest

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/momotor/resultgraph/internal/fault"
)

// A binding is the source of a variable's value. The variable's name determines the source: path
// parameters, the If-Match header and the whole body have fixed names, and other variables are in the query
// of a GET or the body of a change. The value is parsed as the variable's GraphQL type.
type binding struct {
	name, typeName string
	source         source
	// required says that a body without the field is invalid.
	required bool
}

// A source is a part of the request that holds variables.
type source byte

const (
	fromPath source = iota
	fromQuery
	fromBody
	fromIfMatch
	fromWholeBody
)

// sourceTypes are the GraphQL types that can be parsed from each source.
var sourceTypes = map[source][]string{
	fromPath: {"BigInt", "Int", "String"}, fromQuery: {"BigInt", "Int", "String"},
	fromBody: {"BigInt", "Boolean", "Evaluation", "Upload"}, fromIfMatch: {"String"}, fromWholeBody: {"JSON"},
}

// bindings returns a binding for every variable of the route's operation.
func (rt *route) bindings(ops operations) ([]binding, error) {
	op := ops[rt.operation]
	if op == nil {
		return nil, missingOperation(rt.operation)
	}
	var bindings []binding
	for _, v := range op.VariableDefinitions {
		b := binding{v.Variable, v.Type.Name(), rt.sourceOf(v.Variable), v.Type.NonNull}
		if b.source != fromBody && b.source != fromWholeBody && v.Type.NonNull != (b.source == fromPath) {
			return nil, fmt.Errorf("operation %s: $%s must be non-null if it is in the path, and nullable otherwise", rt.operation, v.Variable)
		}
		if !slices.Contains(sourceTypes[b.source], b.typeName) {
			return nil, fmt.Errorf("operation %s: $%s is a %s, which cannot be parsed from its part of the request", rt.operation, v.Variable, b.typeName)
		}
		bindings = append(bindings, b)
	}
	return bindings, nil
}

func (rt *route) sourceOf(variable string) source {
	switch {
	case strings.Contains(rt.path, "{"+variable+"}"):
		return fromPath
	case variable == "if_match":
		return fromIfMatch
	case variable == "body":
		return fromWholeBody
	case rt.isChange():
		return fromBody
	}
	return fromQuery
}

// isChange reports whether the route changes data.
func (rt *route) isChange() bool { return rt.method != http.MethodGet }

// requestVariables parses the variables in the path and the query of a request. An invalid
// path parameter is fault.NotFound, and an invalid query parameter fault.BadInput. An empty
// query parameter counts as absent.
func requestVariables(bindings []binding, params map[string]string, query string) (variables, error) {
	v := make(variables, len(bindings))
	for _, b := range bindings {
		switch b.source {
		case fromPath:
			value, err := b.parse(params[b.name])
			if err != nil {
				return nil, fault.NotFound
			}
			v[b.name] = value
		case fromQuery:
			text := lastParam(query, b.name)
			if text == "" {
				continue
			}
			value, message := parseInteger(text)
			if message != "" {
				return nil, queryError(b.name, message)
			}
			v[b.name] = value
		}
	}
	return v, nil
}

// parseInteger parses a whole number, or returns the message for the client. A number beyond
// 64 bits becomes the nearest number of 64 bits, which is not an id.
func parseInteger(text string) (value int64, message string) {
	if utf8.RuneCountInString(text) > maxIntegerLength {
		return 0, "String value too large."
	}
	value, err := strconv.ParseInt(trimInteger(text), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, "A valid integer is required."
	}
	return value, ""
}

// maxIntegerLength is the limit of Django REST framework, in characters.
const maxIntegerLength = 1000

func queryError(name, message string) error {
	return &fault.Error{Kind: fault.BadInput, Message: "The query is not valid.", Fields: map[string][]string{name: {message}}}
}

var errInvalidText = errors.New("invalid text")

// parse parses a path parameter. As in the original API, an integer may have a sign and leading
// zeros.
func (b binding) parse(text string) (any, error) {
	switch b.typeName {
	case "BigInt":
		return strconv.ParseInt(text, 10, 64)
	case "Int":
		return strconv.ParseInt(text, 10, 32)
	}
	if text == "" || strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return nil, errInvalidText
	}
	return text, nil
}

// trimInteger removes the characters that Django REST framework accepts around an integer: spaces
// and a fraction of zeros.
func trimInteger(text string) string {
	text = strings.TrimSpace(text)
	if whole, fraction, ok := strings.Cut(text, "."); ok && strings.Trim(fraction, "0") == "" {
		return strings.TrimSpace(whole)
	}
	return text
}

// booleanParam returns a boolean in a query string, false without one.
func booleanParam(query, name string) (bool, error) {
	text := lastParam(query, name)
	if text == "" {
		return false, nil
	}
	value, message := parseBoolean(text)
	if message != "" {
		return false, queryError(name, message)
	}
	return value.(bool), nil
}

// lastParam returns the last value of a name in a query string, "" without one. Malformed
// values of other names are ignored.
func lastParam(query, name string) (last string) {
	for key, value := range queryPairs(query) {
		if key == name {
			last = value
		}
	}
	return last
}

// queryPairs yields the names and values of a query string in order. It skips pairs whose name
// is malformed.
func queryPairs(query string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for pair := range strings.SplitSeq(query, "&") {
			key, value, _ := strings.Cut(pair, "=")
			name, err := url.QueryUnescape(key)
			if err != nil {
				continue
			}
			text, err := url.QueryUnescape(value)
			if err != nil {
				text = value // a malformed value is not a number
			}
			if !yield(name, text) {
				return
			}
		}
	}
}
