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

// A bind says where a variable comes from, by its name: the path, a header, or else what
// the client says, which is the query of a GET and the body of what changes something. It
// is read as the variable's GraphQL type.
type bind struct {
	name, kind string
	from       source
	// required tells that a body without it is not valid.
	required bool
}

// A source is where variables come from.
type source byte

const (
	fromPath source = iota
	fromQuery
	fromBody
	fromIfMatch
)

// forms are the GraphQL types that have a form in each source.
var forms = map[source][]string{
	fromPath: {"BigInt", "Int", "String"}, fromQuery: {"BigInt", "Int", "String"},
	fromBody: {"BigInt", "Boolean", "Evaluation", "Upload"}, fromIfMatch: {"String"},
}

// bind finds the source of every variable of the route's operation.
func (rt *route) bind(ops operations) ([]bind, error) {
	if rt.operation == "" {
		return nil, nil
	}
	op := ops[rt.operation]
	if op == nil {
		return nil, fmt.Errorf("there is no operation %q", rt.operation)
	}
	var binds []bind
	for _, v := range op.VariableDefinitions {
		b := bind{v.Variable, v.Type.Name(), rt.source(v.Variable), v.Type.NonNull}
		if b.from != fromBody && v.Type.NonNull != (b.from == fromPath) {
			return nil, fmt.Errorf("operation %s: $%s must be required if it is in the path, and optional if not", rt.operation, v.Variable)
		}
		if !slices.Contains(forms[b.from], b.kind) {
			return nil, fmt.Errorf("operation %s: $%s is a %s, which has no form where it comes from", rt.operation, v.Variable, b.kind)
		}
		binds = append(binds, b)
	}
	return binds, nil
}

func (rt *route) source(variable string) source {
	switch {
	case strings.Contains(rt.path, "{"+variable+"}"):
		return fromPath
	case variable == "if_match":
		return fromIfMatch
	case rt.changes():
		return fromBody
	}
	return fromQuery
}

// changes tells whether the route changes something.
func (rt *route) changes() bool { return rt.method != http.MethodGet }

// fill returns the variables of a request that are in its path and query. A path that does
// not fit is not found; what does not fit in the query is bad input. A blank in the query
// is nothing.
func fill(binds []bind, params map[string]string, query string) (vars, error) {
	v := make(vars, len(binds))
	for _, b := range binds {
		switch b.from {
		case fromPath:
			value, err := b.read(params[b.name])
			if err != nil {
				return nil, fault.NotFound
			}
			v[b.name] = value
		case fromQuery:
			text := lastOf(query, b.name)
			if text == "" {
				continue
			}
			value, message := integer(text)
			if message != "" {
				return nil, badQuery(b.name, message)
			}
			v[b.name] = value
		}
	}
	return v, nil
}

// integer reads a whole number, or says what is wrong with it. One of more than 64 bits is
// the one nearest to it, which nobody has.
func integer(text string) (value int64, message string) {
	if utf8.RuneCountInString(text) > longestNumber {
		return 0, "String value too large."
	}
	value, err := strconv.ParseInt(integral(text), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, "A valid integer is required."
	}
	return value, ""
}

// longestNumber is how many characters Django REST framework reads as a number.
const longestNumber = 1000

func badQuery(name, message string) error {
	return &fault.Error{Kind: fault.BadInput, Message: "the query is not valid", Fields: map[string][]string{name: {message}}}
}

var errNotText = errors.New("not text that could be stored")

// read reads a value. Integers may have a sign and leading zeros, as the original's; one
// of more than 64 bits is nobody's.
func (b bind) read(text string) (any, error) {
	switch b.kind {
	case "BigInt":
		return strconv.ParseInt(text, 10, 64)
	case "Int":
		return strconv.ParseInt(text, 10, 32)
	}
	if text == "" || strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return nil, errNotText
	}
	return text, nil
}

// integral takes from a number in a query what Django REST framework forgives: spaces
// around it, and a fraction of zeros.
func integral(text string) string {
	text = strings.TrimSpace(text)
	if whole, fraction, ok := strings.Cut(text, "."); ok && strings.Trim(fraction, "0") == "" {
		return strings.TrimSpace(whole)
	}
	return text
}

// lastOf returns the last value of a name in a query string, "" without one. Other
// names do not matter, whatever their values are.
func lastOf(query, name string) (last string) {
	for key, value := range pairsOf(query) {
		if key == name {
			last = value
		}
	}
	return last
}

// pairsOf are the names and values of a query string, in its order. One whose name can not
// be read is left out.
func pairsOf(query string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for pair := range strings.SplitSeq(query, "&") {
			key, value, _ := strings.Cut(pair, "=")
			name, err := url.QueryUnescape(key)
			if err != nil {
				continue
			}
			text, err := url.QueryUnescape(value)
			if err != nil {
				text = value // which no number is
			}
			if !yield(name, text) {
				return
			}
		}
	}
}
