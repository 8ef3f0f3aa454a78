package bundle

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// TestValue compares the JSON of properties.
func TestValue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ property, json string }{
		{`value="a"`, `"a"`},
		{`value=""`, `""`},
		{`value="a">b`, `"a"`},
		{`value="a"><true/>`, `"a"`},
		{`value="5"`, `"5"`},
		{`value=" 5 " type="integer"`, `5`},
		{`value="-5" type="int"`, `-5`},
		{`value="5.0" type="integer"`, `"5.0"`},
		{`value="9223372036854775808" type="integer"`, `"9223372036854775808"`},
		{`value="5" type="float"`, `5.0`},
		{`value="1e-7" type="float"`, `1e-07`},
		{`value="1e16" type="float"`, `1e+16`},
		{`value="NaN" type="float"`, `"NaN"`},
		{`value="-inf" type="float"`, `"-inf"`},
		{`value="1e999" type="float"`, `"1e999"`},
		{`value="0x1p4" type="float"`, `"0x1p4"`},
		{`value="Yes" type="boolean"`, `true`},
		{`value="off" type="bool"`, `false`},
		{`value="maybe" type="boolean"`, `"maybe"`},
		{`value="x" type="colour"`, `"x"`},
		{`>text`, `"text"`},
		{`> text &lt;b>`, `" text <b>"`},
		{`><![CDATA[<p>&amp;</p>]]>`, `"<p>&amp;</p>"`},
		{`>a<b>c</b>d`, `"ad"`},
		{` type="integer">7`, `7`},
		{`><true/>`, `true`},
		{`> <false/> `, `false`},
		{`><none/>`, `null`},
		{`>`, `null`},
		{`>  `, `null`},
		{` encoding="base64">aGV s
			bG8=`, `"hello"`},
		{` encoding="base64">aGVsbG8`, `"hello"`},
		{` encoding="base64">/w==`, `{"base64":"/w=="}`},
		{` encoding="quopri">  a=3Db=
			  c=C3=A9 d
			=20e=ZZ`, `"a=bcé d\n e=ZZ"`},
	} {
		b, err := openBundle([]byte("<results><result step='a'><properties><property name='p' " + withClosedTag(tt.property) + "</property></properties></result></results>"))
		if err != nil {
			t.Errorf("Open(property %s) = %v", tt.property, err)
			continue
		}
		v, _ := b.Results().Results[0].Properties.First("p")
		if got, err := v.MarshalJSON(); string(got) != tt.json || err != nil {
			t.Errorf("property %s = %s, %v, want %s", tt.property, got, err, tt.json)
		}
	}
}

// withClosedTag closes a start tag that a row leaves open.
func withClosedTag(property string) string {
	if strings.Contains(property, ">") {
		return property
	}
	return property + ">"
}

func TestValueConversions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v        Value
		text     string
		number   float64
		isNumber bool
		boolean  bool
	}{
		{Value{}, "", 0, false, false},
		{String(""), "", 0, false, false},
		{String(" 2.5 "), " 2.5 ", 2.5, true, true},
		{String("no"), "no", 0, false, false},
		{String("secret!"), "secret!", 0, false, true},
		{Integer(-3), "-3", -3, true, true},
		{Float(3), "3.0", 3, true, true},
		{Float(0), "0.0", 0, true, false},
		{Float(math.Inf(1)), "+Inf", 0, false, true},
		{Float(math.NaN()), "NaN", 0, false, true},
		{Boolean(true), "true", 0, false, true},
		{Boolean(false), "false", 0, false, false},
		{Bytes([]byte("4")), "4", 4, true, true},
		{Bytes([]byte{'a', 0xff}), "a\uFFFD", 0, false, true},
		{Bytes([]byte("a\x00b")), "a\uFFFDb", 0, false, true},
	} {
		number, isNumber := tt.v.Number()
		if tt.v.Text() != tt.text || number != tt.number || isNumber != tt.isNumber || tt.v.Bool() != tt.boolean {
			t.Errorf("%#v = %q, %v (%v), %v, want %q, %v (%v), %v", tt.v,
				tt.v.Text(), number, isNumber, tt.v.Bool(), tt.text, tt.number, tt.isNumber, tt.boolean)
		}
	}
}

// FuzzValue checks that every property becomes valid JSON and valid UTF-8.
func FuzzValue(f *testing.F) {
	f.Add("integer", "", "5")
	f.Add("float", "", "1e-7")
	f.Add("boolean", "", "yes")
	f.Add("", "base64", "PGI+ZGlmZjwvYj4=")
	f.Add("", "quopri", "  a=3D=\n\tb=ZZ")
	f.Fuzz(func(t *testing.T, typ, encoding, s string) {
		v := parseValue(typ, s)
		if encoding != "" {
			b, reason := decodeContent(encoding, s)
			if reason != "" {
				return
			}
			v = Bytes(b)
			if len(b) > len(s) {
				t.Fatalf("decodeContent(%q, %q) grew to %d bytes", encoding, s, len(b))
			}
		}
		if out, err := v.MarshalJSON(); err != nil || !json.Valid(out) {
			t.Fatalf("value of %q as %q = %s, %v, want JSON", s, typ, out, err)
		}
		if n, ok := v.Number(); ok && (math.IsNaN(n) || math.IsInf(n, 0)) {
			t.Fatalf("value of %q as %q = %v, want a finite number", s, typ, n)
		}
		if text := v.Text(); strings.ToValidUTF8(text, "") != text || strings.Contains(text, "\x00") {
			t.Fatalf("text of %q as %q = %q, want UTF-8 without U+0000", s, typ, text)
		}
	})
}

// CanonicalJSON converts other JSON, and keeps canonical JSON as it is.
func TestCanonicalJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"{\"b\" : [ 1, true ,null],\n \"a\":{} }":                  `{"b":[1,true,null],"a":{}}`,
		`"\u00e9\ud83d\ude00\/ <b>&amp; \" \\ \u2028\u0001\u0008"`: `"é😀/ <b>&amp; \" \\ \u2028\u0001\b"`,
		`[1.0,1E5,1e-7,1e16,0.10,1.5e0,-0.0]`:                      `[1.0,100000.0,1e-07,1e+16,0.1,1.5,-0.0]`,
		`[-0,12345678901234567890123,-7,1e999]`:                    `[0,12345678901234567890123,-7,1e999]`,
		`"a b: [1 , 2]"`:                                           `"a b: [1 , 2]"`,
	} {
		for _, text := range []string{in, want} {
			if got, err := CanonicalJSON([]byte(text)); string(got) != want || err != nil {
				t.Errorf("CanonicalJSON(%s) = %s, %v, want %s", text, got, err, want)
			}
		}
	}
}
