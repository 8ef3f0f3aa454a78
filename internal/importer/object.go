package importer

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An object is a JSON object whose fields are read one by one. It collects problems, so
// that the report names all of them at once.
type object struct {
	path     string // prefix of field names: "steps[0][1]." in a step, else ""
	ofExport bool   // the manifest is an export
	fields   []field
	problems []string
}

type field struct {
	name  string
	value []byte
	used  bool
}

// maxFields is larger than the number of fields of any type.
const maxFields = 100

// parseObject parses a line.
func parseObject(text []byte) (*object, error) {
	if err := validateLine(text); err != nil {
		return nil, err
	}
	return newObject("", text)
}

// newObject splits a valid JSON object into fields.
func newObject(path string, text []byte) (*object, error) {
	o := &object{path: path, fields: make([]field, 0, 24)}
	for name, value := range members(text) {
		unescaped := string(name)
		if bytes.IndexByte(name, '\\') >= 0 {
			unescaped, _ = unquote([]byte(`"` + unescaped + `"`)) // valid JSON
		}
		if len(o.fields) == maxFields {
			return nil, fmt.Errorf("the object has more than %d fields", maxFields)
		}
		if o.find(unescaped) != nil {
			return nil, fmt.Errorf("field %s%s is repeated", path, printable(unescaped))
		}
		o.fields = append(o.fields, field{name: unescaped, value: value})
	}
	return o, nil
}

func (o *object) find(name string) *field {
	for i := range o.fields {
		if o.fields[i].name == name {
			return &o.fields[i]
		}
	}
	return nil
}

// addProblem adds a problem with a field; problem is the predicate of a sentence.
func (o *object) addProblem(name, problem string) {
	o.problems = append(o.problems, "field "+o.path+name+" "+problem)
}

// validate returns an error with all problems, including unused fields unless lenient.
func (o *object) validate(lenient bool) error {
	for _, f := range o.fields {
		if !f.used && !o.ofExport && isExportField(f.name) {
			o.addProblem(printable(f.name), "is accepted only in an export, whose manifest has a line of type export")
		} else if !f.used && !lenient {
			o.problems = append(o.problems, "field "+o.path+printable(f.name)+" is unknown (--lenient ignores it)")
		}
	}
	if len(o.problems) == 0 {
		return nil
	}
	const maxProblems = 5
	if more := len(o.problems) - maxProblems; more > 0 {
		o.problems = append(o.problems[:maxProblems], fmt.Sprintf("%d more problems", more))
	}
	return errors.New(strings.Join(o.problems, "; "))
}

// required parses a field that must be present.
func required[T any](o *object, name string, parse func([]byte) (T, error)) (v T) {
	f := o.find(name)
	if f == nil {
		o.addProblem(name, "is missing")
		return v
	}
	f.used = true
	if string(f.value) == "null" {
		o.addProblem(name, "is null")
		return v
	}
	return parseField(o, f, parse)
}

// optional parses a field. It returns nil when the field is missing or null.
func optional[T any](o *object, name string, parse func([]byte) (T, error)) *T {
	f := o.find(name)
	if f == nil {
		return nil
	}
	f.used = true
	if string(f.value) == "null" {
		return nil
	}
	v := parseField(o, f, parse)
	return &v
}

// parseField parses the value of a field. The error of parse is the predicate of a sentence
// about the field.
func parseField[T any](o *object, f *field, parse func([]byte) (T, error)) T {
	v, err := parse(f.value)
	var nestedErr nestedProblems
	switch {
	case errors.As(err, &nestedErr):
		o.problems = append(o.problems, nestedErr...)
	case err != nil && isSecret(f.name):
		o.addProblem(f.name, err.Error())
	case err != nil:
		o.addProblem(f.name, err.Error()+", not "+excerpt(f.value))
	}
	return v
}

// isSecret reports whether messages must not contain the value of a field.
func isSecret(field string) bool { return field == "hashed_key" || field == "prefix" }

// nestedProblems are problems with objects inside a value, each with its own path.
type nestedProblems []string

func (n nestedProblems) Error() string { return strings.Join(n, "; ") }

// printable prepares a name for a message.
func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || !strconv.IsPrint(r) }) {
		return excerpt([]byte(strconv.Quote(s)))
	}
	return excerpt([]byte(s))
}

// excerpt returns the beginning of a JSON value, for a message.
func excerpt(v []byte) string {
	const maxBytes = 40
	if len(v) <= maxBytes {
		return string(v)
	}
	cut := maxBytes
	for cut > 0 && !utf8.RuneStart(v[cut]) {
		cut--
	}
	return string(v[:cut]) + "…"
}
