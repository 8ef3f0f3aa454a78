package rest

import (
	"encoding/json"
	"slices"
	"strings"
)

// The messages of Django REST framework for invalid fields.
const (
	msgRequired   = "This field is required."
	msgNull       = "This field may not be null."
	msgBlank      = "This field may not be blank."
	msgNotBoolean = "Must be a valid boolean."
	msgNotInteger = "A valid integer is required."
	msgNotString  = "Not a valid string."
	msgNotFile    = "The submitted data was not a file. Check the encoding type on the form."
	msgEmptyFile  = "The submitted file is empty."
)

// addVariables adds the variables in the body, or returns an error with a message for every
// invalid field. It ignores unknown fields, and adds nothing for absent ones.
func (rb *requestBody) addVariables(bindings []binding, v variables) error {
	messages := map[string][]string{}
	for _, b := range bindings {
		if b.source != fromBody {
			continue
		}
		value, message := rb.readField(b)
		switch {
		case message != "":
			messages[b.name] = []string{message}
		case value != nil:
			v[b.name] = value
		}
	}
	if len(messages) > 0 {
		return fieldsError(messages)
	}
	return nil
}

// readField reads a field; nil means that the field is absent. In a form, an absent required
// boolean is an unticked box.
func (rb *requestBody) readField(b binding) (value any, message string) {
	raw, present := rb.values[b.name]
	file := rb.files[b.name]
	switch {
	case b.typeName == "Upload" && file != nil && file.Size == 0:
		return nil, msgEmptyFile
	case b.typeName == "Upload" && file != nil:
		return rb.upload(b.name), ""
	case file != nil:
		raw = struct{}{} // a file is invalid for other types
	case !present && b.required && rb.isForm && b.typeName == "Boolean":
		return false, ""
	case !present && b.required:
		return nil, msgRequired
	case !present:
		return nil, ""
	case raw == nil:
		return nil, msgNull
	}
	switch b.typeName {
	case "Boolean":
		return parseBoolean(raw)
	case "BigInt":
		return parseBigInt(raw)
	case "Evaluation":
		return parseEvaluation(raw)
	}
	return nil, msgNotFile
}

// The texts for true and false (BooleanField of Django REST framework 3.14).
var (
	trueWords  = strings.Fields("t T y Y yes Yes YES true True TRUE on On ON 1")
	falseWords = strings.Fields("f F n N no No NO false False FALSE off Off OFF 0")
)

func parseBoolean(raw any) (any, string) {
	switch raw := raw.(type) {
	case bool:
		return raw, ""
	case json.Number:
		if f, err := raw.Float64(); err == nil && (f == 0 || f == 1) {
			return f == 1, ""
		}
	case string:
		if slices.Contains(trueWords, raw) {
			return true, ""
		}
		if slices.Contains(falseWords, raw) {
			return false, ""
		}
	}
	return nil, msgNotBoolean
}

func parseBigInt(raw any) (any, string) {
	var text string
	switch raw := raw.(type) {
	case string:
		text = raw
	case json.Number:
		text = raw.String()
	default:
		return nil, msgNotInteger
	}
	value, message := parseInteger(text)
	if message != "" {
		return nil, message
	}
	return value, ""
}
