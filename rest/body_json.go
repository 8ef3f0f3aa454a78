package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/momotor/resultgraph/internal/fault"
)

// deepest is how deep the JSON of a body may nest.
const deepest = 100

// readJSON reads a JSON object. Of a name that comes twice the last one counts.
func readJSON(w http.ResponseWriter, r *http.Request) (*sent, error) {
	text, err := readText(w, r)
	if err != nil {
		return nil, err
	}
	value, err := parseJSON(text)
	if err != nil {
		return nil, fault.New(fault.BadInput, "JSON parse error - "+err.Error())
	}
	switch v := value.(type) {
	case map[string]any:
		return &sent{values: v}, nil
	case nil:
		return nil, badBody("No data provided")
	default:
		return nil, badBody(fmt.Sprintf("Invalid data. Expected a dictionary, but got %s.", pythonic(v)))
	}
}

// badBody is wrong with a body as a whole.
func badBody(message string) error {
	return badFields(map[string][]string{"non_field_errors": {message}})
}

func badFields(fields map[string][]string) error {
	return &fault.Error{Kind: fault.BadInput, Message: "the body is not valid", Fields: fields}
}

// pythonic names the type of a JSON value as the original does.
func pythonic(v any) string {
	switch v := v.(type) {
	case []any:
		return "list"
	case string:
		return "str"
	case bool:
		return "bool"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "float"
		}
	}
	return "int"
}

// parseJSON reads one JSON value, with numbers as they are written.
func parseJSON(text []byte) (value any, err error) {
	if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	if tooDeep(text) {
		return nil, fmt.Errorf("it nests deeper than %d levels", deepest)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("there is more after the value, at byte %d", dec.InputOffset()+1)
	}
	return value, nil
}

// tooDeep looks how deep JSON nests, as far as it is well-formed.
func tooDeep(text []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(text))
	for depth := 0; depth <= deepest; {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
	return true
}
