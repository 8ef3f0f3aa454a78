package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

const ns = `xmlns="http://momotor.org/1.0"`

func TestOpenRejectsInvalidXML(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, xml, want string }{
		{
			"a mismatched tag", "<results " + ns + ">\n<result step='a' outcome='pass'>\n\n</results>",
			"result.xml line 4: element <result> closed by </results>; <result> was opened on line 2",
		},
		{"a tag that is never closed", "<results>\n<meta>", "result.xml line 2: the XML ends too early; <meta> was opened on line 2"},
		{"nothing", "", "the bundle is empty"},
		{"no XML", "Dear student", "neither a zip file nor XML"},
		{"another XML", "<?xml version='1.0'?>\n<html/>", "line 2: the root element is <html>"},
		{"no root", "<!-- only this -->", "the XML ends before its root element"},
		{"another namespace", "<results xmlns='urn:x'/>", "the namespace urn:x instead of http://momotor.org/1.0"},
		{"two roots", "<results/>\n<results/>", "result.xml line 2: a second root element <results>"},
		{"text after the root", "<results/>\nx", "result.xml line 2: there is text after the root"},
		{"a document type", "<!DOCTYPE results [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\n<results>&x;</results>", "line 1: there is a <!DOCTYPE…> declaration"},
		{"an unknown entity", "<results>\n&x;</results>", "result.xml line 2: invalid character entity &x;"},
		{"another encoding", "<?xml version='1.0' encoding='ISO-8859-1'?><results/>", "the encoding is ISO-8859-1; save the file as UTF-8"},
		{"another version", "<?xml version='" + strings.Repeat("\x9c", 5000) + "'?><results/>", `line 1: unsupported version "\x9c`},
		{"UTF-16", "\xff\xfe<\x00r\x00", "UTF-16; save it as UTF-8"},
		{"bytes that are not UTF-8", "<results>\xff</results>", "result.xml line 1: invalid UTF-8"},
		{"a million open tags", "<results>" + strings.Repeat("<a>", 1_000_000), "nested more than 100 deep"},
		{"a million elements", "<results>" + strings.Repeat("<a/>", 1_000_000), "more than 200000 elements"},
		{"a million attributes", "<results " + strings.Repeat(`a=""`, 1_000_000), "more than 256 attributes"},
		{"a result without a step", "<results>\n<result outcome='pass'/></results>", "line 2: <result> has no step attribute"},
		{"a step without an id", "<recipe><steps>\n<step/></steps></recipe>", "recipe.xml line 2: <step> has no id"},
		{"two steps with one id", "<recipe><steps><step id='a'/>\n<step id='a'/></steps></recipe>", "line 2: the step on line 1 has the step id a already"},
		{"damaged base64", "<config><options><option name='k' encoding='base64'>!</option></options></config>", "<option> k: the base64 content is damaged"},
		{"an unknown encoding", "<config><options><option name='k' encoding='rot13'>x</option></options></config>", "the encoding rot13 is unknown"},
		{"a file outside", "<product>\n<files basesrc='a'><file src='file:../../etc/passwd'/></files></product>", `product.xml line 2: <file> a/../../etc/passwd: the name holds ".."`},
		{"a file from the root", "<product><files><file name='/etc/passwd'/></files></product>", `the name starts with "/"`},
		{"a file without a name", "<product><files><file/></files></product>", "<file> has no name"},
		{"an invalid size", "<product><files><file name='a' size='-1'/></files></product>", "the size -1 is not a number of bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := openBundle([]byte(tt.xml))
			wantError(t, "Open", err, tt.want)
		})
	}
}

// wantError checks that err is an Error that contains want.
func wantError(t *testing.T, call string, err error, want string) {
	t.Helper()
	var bundleError *Error
	if !errors.As(err, &bundleError) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s = %v, want an *Error with %q", call, err, want)
	} else if len(err.Error()) > 1000 || !utf8.ValidString(err.Error()) {
		t.Errorf("%s = %d bytes %q, want a short text in UTF-8", call, len(err.Error()), err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	xml := []byte("<results id='a' a='b'>\n<meta><name>n</name></meta></results>")
	for _, tt := range []struct {
		lim  Limits
		want string
	}{
		{Limits{Bytes: 50}, "the bundle has 60 bytes, the limit is 50"},
		{Limits{XMLBytes: 59}, "the XML is over 59 bytes"},
		{Limits{Depth: 2}, "line 2: elements are nested more than 2 deep"},
		{Limits{Elements: 2}, "line 2: the XML has more than 2 elements"},
		{Limits{Attributes: 1}, "line 1: an element has more than 1 attributes"},
	} {
		_, err := Open(context.Background(), bytes.NewReader(xml), int64(len(xml)), tt.lim)
		wantError(t, fmt.Sprintf("Open(%+v)", tt.lim), err, tt.want)
	}
	exact := Limits{Bytes: 60, XMLBytes: 60, Depth: 3, Elements: 3, Attributes: 2}
	if _, err := Open(context.Background(), bytes.NewReader(xml), int64(len(xml)), exact); err != nil {
		t.Errorf("Open(%+v) = %v, want nil", exact, err)
	}
}

// This test is not parallel, so that it measures only its own allocations.
func TestMemoryOfHostileBundles(t *testing.T) {
	valid := makeZip(t, "result.xml", "<results/>", "a.txt", "a")
	for _, tt := range []struct {
		name     string
		data     []byte
		maxBytes uint64
	}{
		{"zeros", zipBomb(t, "", "result.xml"), 1 << 20},
		{"open tags", []byte("<results>" + strings.Repeat("<a>", 1_000_000)), 1 << 20},
		{"attributes", []byte("<results " + strings.Repeat(`a=""`, 1_000_000)), 1 << 20},
		{"elements", []byte("<results>" + strings.Repeat("<result step='a'/>", 1_000_000)), 300 << 20},
		{"directory entries", repeatLastEntry(t, valid, 1<<19+2), 64 << 20},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := openBundle(tt.data)
		runtime.ReadMemStats(&after)
		wantError(t, "Open("+tt.name+")", err, "")
		if got := after.TotalAlloc - before.TotalAlloc; got > tt.maxBytes {
			t.Errorf("Open(%s) allocates %d bytes in all, want at most %d", tt.name, got, tt.maxBytes)
		}
	}
}

// Elements of other namespaces and unknown elements are skipped, not rejected.
func TestForeignElementsAreSkipped(t *testing.T) {
	t.Parallel()
	b, err := openBundle([]byte(`<m:results xmlns:m="http://momotor.org/1.0" xmlns:xi="http://www.w3.org/2001/XInclude">
		<xi:include href="file:///etc/passwd"><m:result step="inside" outcome="pass"/></xi:include>
		<m:future><m:result step="inside" outcome="pass"/></m:future>
		<m:result step="a" outcome="great"><m:properties/><m:properties><m:property name="x"><xi:include href="y"/></m:property></m:properties></m:result>
	</m:results>`))
	if err != nil {
		t.Fatal(err)
	}
	got := b.Results().Results
	if len(got) != 1 || got[0].TaskID != "a" || got[0].Outcome != OutcomeError || len(got[0].Properties) != 1 {
		t.Errorf("Results() = %+v, want the one result a with outcome error and a property", got)
	}
}

// Text, comments and values may contain text that looks like a tag.
func TestAttributesOutsideTagsAreNotCounted(t *testing.T) {
	t.Parallel()
	tagWithManyAttributes := "<a " + strings.Repeat(`x="1" `, 500)
	for _, xml := range []string{
		"<results><!-- " + tagWithManyAttributes + " --></results>",
		"<results><![CDATA[" + tagWithManyAttributes + "]]></results>",
		"<results><?x " + tagWithManyAttributes + "?></results>",
		"<results>" + strings.Repeat(`"`, 1000) + "</results>",
		`<results id='` + strings.Repeat(`"`, 1000) + "'/>",
	} {
		if _, err := openBundle([]byte(xml)); err != nil {
			t.Errorf("Open(%.20s…) = %v, want nil", xml, err)
		}
	}
}
