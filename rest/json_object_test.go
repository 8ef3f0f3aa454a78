package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// A jsonObject is a JSON object that keeps the order of its members.
type jsonObject []property

type property struct {
	name  string
	value any
}

// obj returns an object of alternating names and values.
func obj(pairs ...any) jsonObject { return jsonObject{}.with(pairs...) }

// with returns the object with more members at its end. It skips members whose value is nil.
func (o jsonObject) with(pairs ...any) jsonObject {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != nil {
			o = append(o, property{pairs[i].(string), pairs[i+1]})
		}
	}
	return o
}

// get returns the value of a member, nil if it is absent.
func (o jsonObject) get(name string) any {
	for _, p := range o {
		if p.name == name {
			return p.value
		}
	}
	return nil
}

// names returns the names of the members.
func (o jsonObject) names() []string {
	names := make([]string, len(o))
	for i, p := range o {
		names[i] = p.name
	}
	return names
}

// MarshalJSON implements json.Marshaler.
func (o jsonObject) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, p := range o {
		value, err := encodeCompact(p.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintf(&b, "%c%q:%s", "{,"[min(i, 1)], p.name, value)
	}
	if len(o) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encodeCompact encodes a value without escapes for HTML.
func encodeCompact(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// indented returns the object as indented JSON.
func (o jsonObject) indented() ([]byte, error) {
	text, err := encodeCompact(o)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
