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
	"github.com/momotor/resultgraph/internal/jsondepth"
)

// readJSON reads a JSON object. The last of several members with one name counts.
func readJSON(w http.ResponseWriter, r *http.Request) (*requestBody, error) {
	text, err := readBytes(w, r)
	if err != nil {
		return nil, err
	}
	value, err := decodeJSON(text)
	if err != nil {
		return nil, fault.New(fault.BadInput, "JSON parse error - "+err.Error())
	}
	switch v := value.(type) {
	case map[string]any:
		return &requestBody{values: v}, nil
	case nil:
		return nil, bodyError("No data provided")
	default:
		return nil, bodyError(fmt.Sprintf("Invalid data. Expected a dictionary, but got %s.", pythonType(v)))
	}
}

// bodyError returns the error for an invalid body as a whole.
func bodyError(message string) error {
	return fieldsError(map[string][]string{"non_field_errors": {message}})
}

func fieldsError(fields map[string][]string) error {
	return &fault.Error{Kind: fault.BadInput, Message: "The body is not valid.", Fields: fields}
}

// pythonType returns the name of a JSON value's type in Python, as the original API prints it.
func pythonType(v any) string {
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

// decodeJSON decodes one JSON value. Numbers become json.Number.
func decodeJSON(text []byte) (value any, err error) {
	if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	if jsondepth.Exceeds(text) {
		return nil, fmt.Errorf("it nests deeper than %d levels", jsondepth.Max)
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
