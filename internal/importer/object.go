package importer

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An object is a JSON object of which one field after the other is read. What is wrong is
// gathered, so that the report names all of it at once.
type object struct {
	path     string // in front of a field's name: "steps[0][1]." in a step, else empty
	fields   []field
	problems []string
}

type field struct {
	name  string
	value []byte
	read  bool
}

// maxFields is more than any object has.
const maxFields = 100

// parse reads a line as an object.
func parse(text []byte) (*object, error) {
	if err := wellFormed(text); err != nil {
		return nil, err
	}
	return newObject("", text)
}

// newObject takes apart a well-formed JSON object.
func newObject(path string, text []byte) (*object, error) {
	o := &object{path: path, fields: make([]field, 0, 24)}
	for name, value := range members(text) {
		spelled := string(name)
		if bytes.IndexByte(name, '\\') >= 0 {
			spelled, _ = unquote([]byte(`"` + spelled + `"`)) // well-formed
		}
		if len(o.fields) == maxFields {
			return nil, fmt.Errorf("the object has more than %d fields", maxFields)
		}
		if o.find(spelled) != nil {
			return nil, fmt.Errorf("field %s%s is there twice", path, shown(spelled))
		}
		o.fields = append(o.fields, field{name: spelled, value: value})
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

// wrong notes a problem with a field.
func (o *object) wrong(name, problem string) {
	o.problems = append(o.problems, "field "+o.path+name+" "+problem)
}

// err returns all that is wrong, with the fields that nobody has read unless lenient.
func (o *object) err(lenient bool) error {
	for _, f := range o.fields {
		if !f.read && !lenient {
			o.problems = append(o.problems, "field "+o.path+shown(f.name)+" is not in the format (--lenient skips it)")
		}
	}
	if len(o.problems) == 0 {
		return nil
	}
	const most = 5
	if more := len(o.problems) - most; more > 0 {
		o.problems = append(o.problems[:most], fmt.Sprintf("%d more problems", more))
	}
	return errors.New(strings.Join(o.problems, "; "))
}

// required reads a field that must be there.
func required[T any](o *object, name string, parse func([]byte) (T, error)) (v T) {
	f := o.find(name)
	if f == nil {
		o.wrong(name, "is missing")
		return v
	}
	f.read = true
	if string(f.value) == "null" {
		o.wrong(name, "is null")
		return v
	}
	return parsed(o, f, parse)
}

// optional reads a field that may be missing or null; it returns nil then.
func optional[T any](o *object, name string, parse func([]byte) (T, error)) *T {
	f := o.find(name)
	if f == nil {
		return nil
	}
	f.read = true
	if string(f.value) == "null" {
		return nil
	}
	v := parsed(o, f, parse)
	return &v
}

// parsed returns what parse makes of a value. Its error continues "field x …".
func parsed[T any](o *object, f *field, parse func([]byte) (T, error)) T {
	v, err := parse(f.value)
	var deep nested
	switch {
	case errors.As(err, &deep):
		o.problems = append(o.problems, deep...)
	case err != nil && isSecret(f.name):
		o.wrong(f.name, err.Error())
	case err != nil:
		o.wrong(f.name, err.Error()+", not "+shownValue(f.value))
	}
	return v
}

// isSecret tells whose value must not be shown.
func isSecret(field string) bool { return field == "hashed_key" || field == "prefix" }

// nested are problems of objects inside a value, each with its own place.
type nested []string

func (n nested) Error() string { return strings.Join(n, "; ") }

// shown makes a name fit for a message.
func shown(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || !strconv.IsPrint(r) }) {
		return shownValue([]byte(strconv.Quote(s)))
	}
	return shownValue([]byte(s))
}

// shownValue makes a JSON value fit for a message: its beginning.
func shownValue(v []byte) string {
	const most = 40
	if len(v) <= most {
		return string(v)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(v[cut]) {
		cut--
	}
	return string(v[:cut]) + "…"
}
