package rest

import (
	"encoding/json"
	"strconv"
	"strings"
)

// evaluationScopes maps the values of the field evaluate to GraphQL scopes.
var evaluationScopes = map[string]string{"pp": "PAUSED", "all": "LATEST", "old": "OUTDATED"}

// parseEvaluation parses the field evaluate: a scope, or a list of results as JSON or as JSON in a
// string. An item of the list is the id of a result, or an object with a student and an attempt.
func parseEvaluation(raw any) (any, string) {
	const invalid = "Invalid value for 'evaluate'."
	if text, ok := raw.(string); ok {
		text = strings.TrimSpace(text)
		if text == "" {
			return nil, msgBlank
		}
		if scope := evaluationScopes[text]; scope != "" {
			return map[string]any{"scope": scope}, ""
		}
		list, err := decodeJSON([]byte(text))
		if _, isList := list.([]any); err != nil || !isList {
			return nil, invalid
		}
		raw = list
	}
	switch raw := raw.(type) {
	case []any:
		references := make([]any, len(raw))
		for i, item := range raw {
			if references[i] = parseResultReference(item); references[i] == nil {
				return nil, invalid
			}
		}
		return map[string]any{"references": references}, ""
	case json.Number:
		return nil, invalid
	}
	return nil, msgNotString
}

// parseResultReference parses an item of a list of results as a ResultReference of the schema. It
// returns nil for an invalid item.
func parseResultReference(item any) any {
	if object, ok := item.(map[string]any); ok {
		return parseResultPath(object)
	}
	if id, ok := parseNumber(item, 64); ok {
		return map[string]any{"momotorId": id}
	}
	return nil
}

// parseResultPath parses an object such as {"user": 9001, "attempt": 2}. Without an attempt it is the
// latest one of the student. An unknown member is invalid, because it could be a misspelt attempt.
func parseResultPath(object map[string]any) any {
	path := map[string]any{}
	for name, value := range object {
		var ok bool
		switch {
		case name == "user":
			path["userCanvasId"], ok = parseNumber(value, 64)
		case name == "attempt" && value == nil:
			ok = true
		case name == "attempt":
			path["attempt"], ok = parseNumber(value, 32)
		}
		if !ok {
			return nil
		}
	}
	if path["userCanvasId"] == nil {
		return nil
	}
	return map[string]any{"path": path}
}

// parseNumber parses a JSON number that is a whole number of the given size.
func parseNumber(value any, bits int) (n int64, ok bool) {
	number, isNumber := value.(json.Number)
	n, err := strconv.ParseInt(number.String(), 10, bits)
	return n, isNumber && err == nil
}
