package importer

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzMembers compares parseObject with encoding/json.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1}`, ` {"a" : [1, {"b":"]}\""}] , "c\u0064":null,"":{}}`, `{"a"`, `{"a":}`, `{"a":"\`, `[`, "", `{"type":"\u0061"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lineType(line{number: 1, text: text})
		itemName(typeResult, text)
		text = bytes.TrimSpace(text)
		o, err := parseObject(text)
		if err != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.Token()
		for _, field := range o.fields {
			name, err := d.Token()
			if err != nil || name != field.name {
				t.Fatalf("the next field of %s is %q, want %v (%v)", text, field.name, name, err)
			}
			var value json.RawMessage
			if err := d.Decode(&value); err != nil || !bytes.Equal(value, field.value) {
				t.Fatalf("field %s of %s is %s, want %s (%v)", field.name, text, field.value, value, err)
			}
		}
		if end, err := d.Token(); end != json.Delim('}') {
			t.Fatalf("%s has more fields than %v: %v (%v)", text, o.fields, end, err)
		}
	})
}

// FuzzSteps checks that readSteps does not panic and numbers steps and tasks correctly.
func FuzzSteps(f *testing.F) {
	f.Add([]byte(`[[{"id":"a","accepted":true,"details":{"outcome":"fail"}}],[]]`))
	f.Add([]byte(`[[[]]]`))
	f.Add([]byte(`[{"id":1}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		text = bytes.TrimSpace(text)
		if !json.Valid(text) {
			return
		}
		steps, err := readSteps(text, true, false)
		for i, tasks := range steps {
			for j, s := range tasks {
				if s.Position != i || s.Task != j || s.TaskID == "" {
					t.Errorf("readSteps(%s): step %d of %d is %+v (%v)", text, j, i, s, err)
				}
			}
		}
	})
}
