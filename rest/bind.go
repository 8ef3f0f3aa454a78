package rest

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/momotor/resultgraph/internal/fault"
)

// A bind says where a variable comes from: the path's parameter of its name, or else the
// query's. It is read as the variable's GraphQL type.
type bind struct {
	name, kind string
	inPath     bool
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
		b := bind{v.Variable, v.Type.Name(), strings.Contains(rt.path, "{"+v.Variable+"}")}
		if v.Type.NonNull != b.inPath {
			return nil, fmt.Errorf("operation %s: $%s must be required if it is in the path, and optional if not", rt.operation, v.Variable)
		}
		if !slices.Contains([]string{"BigInt", "Int", "String"}, b.kind) {
			return nil, fmt.Errorf("operation %s: $%s is a %s, which has no form in a path or query", rt.operation, v.Variable, b.kind)
		}
		binds = append(binds, b)
	}
	return binds, nil
}

// fill returns the variables of a request. A path that does not fit is not found; what
// does not fit in the query is bad input. A blank in the query is nothing.
func fill(binds []bind, params map[string]string, query string) (vars, error) {
	v := make(vars, len(binds))
	for _, b := range binds {
		if b.inPath {
			value, err := b.read(params[b.name])
			if err != nil {
				return nil, fault.NotFound
			}
			v[b.name] = value
			continue
		}
		text := lastOf(query, b.name)
		if text == "" {
			continue
		}
		if utf8.RuneCountInString(text) > longestNumber {
			return nil, badQuery(b.name, "String value too large.")
		}
		value, err := b.read(integral(text))
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return nil, badQuery(b.name, "A valid integer is required.")
		}
		v[b.name] = value
	}
	return v, nil
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
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key, err := url.QueryUnescape(key); err != nil || key != name {
			continue
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			text = value // which no number is
		}
		last = text
	}
	return last
}
