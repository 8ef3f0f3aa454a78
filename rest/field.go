package rest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// The messages of Django REST framework for what is wrong with a field.
const (
	isRequired = "This field is required."
	notNull    = "This field may not be null."
	notBlank   = "This field may not be blank."
	notBoolean = "Must be a valid boolean."
	notInteger = "A valid integer is required."
	notString  = "Not a valid string."
	notFile    = "The submitted data was not a file. Check the encoding type on the form."
	emptyFile  = "The submitted file is empty."
)

// fill adds the variables that come from the body, or tells what is wrong with all of its
// fields at once. Unknown fields do not matter. What is not there stays as it is; in a form
// a box that is required and not there was not ticked.
func (s *sent) fill(binds []bind, v vars) error {
	wrong := map[string][]string{}
	for _, b := range binds {
		if b.from != fromBody {
			continue
		}
		value, message := s.field(b)
		switch {
		case message != "":
			wrong[b.name] = []string{message}
		case value != nil:
			v[b.name] = value
		}
	}
	if len(wrong) > 0 {
		return badFields(wrong)
	}
	return nil
}

// field reads a field: nil is one that is not there.
func (s *sent) field(b bind) (value any, message string) {
	raw, there := s.values[b.name]
	file := s.files[b.name]
	switch {
	case b.kind == "Upload" && file != nil && file.Size == 0:
		return nil, emptyFile
	case b.kind == "Upload" && file != nil:
		return s.upload(b.name), ""
	case file != nil:
		raw = struct{}{} // no value of any other field
	case !there && b.required && s.form && b.kind == "Boolean":
		return false, ""
	case !there && b.required:
		return nil, isRequired
	case !there:
		return nil, ""
	case raw == nil:
		return nil, notNull
	}
	switch b.kind {
	case "Boolean":
		return boolean(raw)
	case "BigInt":
		return wholeNumber(raw)
	case "Evaluation":
		return evaluation(raw)
	}
	return nil, notFile
}

// The words for true and false (BooleanField of Django REST framework 3.14).
var (
	yes = strings.Fields("t T y Y yes Yes YES true True TRUE on On ON 1")
	no  = strings.Fields("f F n N no No NO false False FALSE off Off OFF 0")
)

func boolean(raw any) (any, string) {
	switch raw := raw.(type) {
	case bool:
		return raw, ""
	case json.Number:
		if f, err := raw.Float64(); err == nil && (f == 0 || f == 1) {
			return f == 1, ""
		}
	case string:
		if slices.Contains(yes, raw) {
			return true, ""
		}
		if slices.Contains(no, raw) {
			return false, ""
		}
	}
	return nil, notBoolean
}

func wholeNumber(raw any) (any, string) {
	var text string
	switch raw := raw.(type) {
	case string:
		text = raw
	case json.Number:
		text = raw.String()
	default:
		return nil, notInteger
	}
	value, message := integer(text)
	if message != "" {
		return nil, message
	}
	return value, ""
}

// scopes are the words for choices of results.
var scopes = map[string]string{"pp": "PAUSED", "all": "LATEST", "old": "OUTDATED"}

// evaluation reads which results to process once more: a word, or a list of ids, which may
// be JSON in a string too.
func evaluation(raw any) (any, string) {
	const invalid = "Invalid value for 'evaluate'."
	if text, ok := raw.(string); ok {
		text = strings.TrimSpace(text)
		if text == "" {
			return nil, notBlank
		}
		if scope := scopes[text]; scope != "" {
			return map[string]any{"scope": scope}, ""
		}
		list, err := parseJSON([]byte(text))
		if _, isList := list.([]any); err != nil || !isList {
			return nil, invalid
		}
		raw = list
	}
	switch raw := raw.(type) {
	case []any:
		ids := make([]any, len(raw))
		for i, item := range raw {
			number, ok := item.(json.Number)
			id, err := strconv.ParseInt(number.String(), 10, 64)
			if !ok || err != nil {
				return nil, invalid
			}
			ids[i] = id
		}
		return map[string]any{"results": ids}, ""
	case json.Number:
		return nil, invalid
	}
	return nil, notString
}
