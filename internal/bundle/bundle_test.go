package bundle

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// openBundle opens a bundle of bytes with the default limits.
func openBundle(data []byte) (*Bundle, error) {
	return Open(context.Background(), bytes.NewReader(data), int64(len(data)), Limits{})
}

// openFixture opens a bundle of testdata.
func openFixture(t *testing.T, name string) *Bundle {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := openBundle(data)
	if err != nil {
		t.Fatalf("Open(%s) = %v", name, err)
	}
	return b
}

func TestOpenKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file    string
		kind    Kind
		format  Format
		xml     string
		members string
	}{
		{"recipe.xml", KindRecipe, FormatXML, "recipe.xml", "recipe.xml"},
		{"config.xml", KindConfig, FormatXML, "config.xml", "config.xml"},
		{"product.xml", KindProduct, FormatXML, "product.xml", "product.xml"},
		{"result.xml", KindResults, FormatXML, "result.xml", "result.xml"},
		{"product.zip", KindProduct, FormatZip, "product.xml", "product.xml files/hello.py"},
		{"result-full.zip", KindResults, FormatZip, "result.xml", "result.xml result/run.0/out.txt"},
	} {
		b := openFixture(t, tt.file)
		if b.Kind() != tt.kind || b.Format() != tt.format || b.XMLName() != tt.xml {
			t.Errorf("Open(%s) = %s, %s, %s, want %s, %s, %s", tt.file, b.Kind(), b.Format(), b.XMLName(), tt.kind, tt.format, tt.xml)
		}
		if got := memberNames(b.Members()); got != tt.members {
			t.Errorf("Open(%s).Members() = %s, want %s", tt.file, got, tt.members)
		}
	}
}

func memberNames(members []Member) string {
	var list []string
	for _, m := range members {
		list = append(list, m.Name)
	}
	return strings.Join(list, " ")
}

func TestRecipeContent(t *testing.T) {
	t.Parallel()
	got := openFixture(t, "recipe.xml").Recipe()
	want := &Recipe{
		ID:   "sample-recipe",
		Meta: Meta{Names: []string{"sample"}, Versions: []string{"1.0"}, Authors: []string{"fixture"}},
		Checklets: []Checklet{
			{ID: "files-chk", Name: "example-check-files", Version: "~=1.0"},
			{ID: "run-chk", Name: "example-run"},
			{ID: "fin-chk", Name: "example-finalize"},
		},
		Steps: []Step{
			{ID: "check-files", Priority: PriorityDefault, Checklet: &Checklet{Ref: "files-chk"}, Line: 10},
			{
				ID: "run", Priority: PriorityNormal, Depends: []string{"check-files"}, Checklet: &Checklet{Ref: "run-chk"}, Line: 11,
				Options: []Option{
					{Name: "tasks", Domain: "scheduler", Value: String("2")},
					{Name: "label", Value: String("Run test $0")},
				},
			},
			{ID: "finalize", Priority: PriorityMustPass, Depends: []string{"run.0", "run.1"}, Checklet: &Checklet{Ref: "fin-chk"}, Line: 17},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Recipe() = %+v, want %+v", got, want)
	}
}

func TestConfigAndProductContent(t *testing.T) {
	t.Parallel()
	config := &Config{ID: "sample-config", Options: []Option{
		{Name: "language", Value: String("python")},
		{Name: "strict", Value: Boolean(true)},
		{Name: "timeout", Domain: "scheduler", Value: Integer(10)},
	}}
	if got := openFixture(t, "config.xml").Config(); !reflect.DeepEqual(got, config) {
		t.Errorf("Config() = %+v, want %+v", got, config)
	}
	product := &Product{
		ID:         "sample-product",
		Properties: Properties{{Name: "attempt", Value: Integer(1)}},
		Files:      []File{{Name: "hello.py", Class: "submission", Path: "files/hello.py", Size: 14, Line: 4}},
	}
	if got := openFixture(t, "product.zip").Product(); !reflect.DeepEqual(got, product) {
		t.Errorf("Product() = %+v, want %+v", got, product)
	}
}

// Sections may repeat and have any order; their files inherit their bases.
func TestRecipeInAnyOrder(t *testing.T) {
	t.Parallel()
	b, err := openBundle([]byte(`<?xml version="1.0" encoding="us-ascii"?>
		<recipe id="r">
		<steps><options domain="d"><option name="a" value="1"/><option domain="e" name="b"/></options>
		<step id="s" priority="urgent"><files basesrc="src/" basename="lib" baseclass="code">
		<file src="file:./a.py" name="b.py" class="py" executable="yes" type="text/x-python"/>
		<file name="c.py" encoding="base64">aGk=</file></files></step></steps>
		<meta><description xml:lang="nl"> een <b>vet</b> recept </description></meta>
		<steps><checklets><checklet id="c"><options><option name="x" value="y"/></options></checklet></checklets></steps>
		<meta><generator>g</generator><source>s</source></meta>
		</recipe>`))
	if err != nil {
		t.Fatal(err)
	}
	script := File{Name: "lib/b.py", Class: "code.py", Path: "src/a.py", Type: "text/x-python", Size: -1, Executable: true, Line: 5}
	want := &Recipe{
		ID: "r",
		Meta: Meta{
			Descriptions: []Description{{"nl", "een vet recept"}},
			Generators:   []string{"g"}, Sources: []string{"s"},
		},
		Options:   []Option{{Domain: "d", Name: "a", Value: String("1")}, {Domain: "e", Name: "b"}},
		Checklets: []Checklet{{ID: "c", Options: []Option{{Name: "x", Value: String("y")}}}},
		Steps: []Step{{ID: "s", Priority: PriorityDefault, Line: 4, Files: []File{
			script,
			{Name: "lib/c.py", Class: "code", Size: -1, Content: Bytes([]byte("hi")), Line: 6},
		}}},
	}
	if got := b.Recipe(); !reflect.DeepEqual(got, want) {
		t.Errorf("Recipe() = %+v, want %+v", got, want)
	}
	if got := b.Attachments(); !reflect.DeepEqual(got, []File{script}) {
		t.Errorf("Attachments() = %+v, want %+v", got, script)
	}
}

func TestTestResult(t *testing.T) {
	t.Parallel()
	b, err := openBundle([]byte(`<testresult><results id="a"><result step="s" outcome="fail"/></results><results id="b"/></testresult>`))
	if err != nil {
		t.Fatal(err)
	}
	got := b.TestResult().Results
	if len(got) != 2 || got[0].Results[0].Outcome != OutcomeFail || got[1].ID != "b" || b.Results() != nil {
		t.Errorf("TestResult() = %+v, want the results a and b", got)
	}
}

func TestOpenMember(t *testing.T) {
	t.Parallel()
	b := openFixture(t, "result-full.zip")
	r, m, err := b.Open("result/run.0/out.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); string(got) != "hello\n" || err != nil || m.Size != 6 {
		t.Errorf("Open(out.txt) = %q of %d bytes, %v, want %q of 6", got, m.Size, err, "hello\n")
	}
	for _, name := range []string{"", "out.txt", "result", "result/", "/result.xml", "RESULT.XML", "result/../result.xml", "./result.xml"} {
		if _, _, err := b.Open(name); !errors.Is(err, ErrNoMember) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) = %v, want ErrNoMember", name, err)
		}
	}
}

func TestOpenMemberOfPlainXML(t *testing.T) {
	t.Parallel()
	data := []byte("\uFEFF  <testresult/>\n")
	a, err := OpenArchive(context.Background(), bytes.NewReader(data), int64(len(data)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r, m, err := a.Open("result.xml")
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(r, data); err != nil || m.Size != int64(len(data)) {
		t.Errorf("Open(result.xml) = %v of %d bytes, want the file itself", err, m.Size)
	}
}

// A failing disk is not the bundle's fault: Open returns the disk's error.
func TestOpenReturnsReaderError(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/result-full.zip")
	if err != nil {
		t.Fatal(err)
	}
	disk := errors.New("disk on fire")
	for readableBytes := range len(data) {
		_, err := Open(context.Background(), failingReader{data, readableBytes, disk}, int64(len(data)), Limits{})
		var bundleError *Error
		if err != nil && (!errors.Is(err, disk) || errors.As(err, &bundleError)) {
			t.Fatalf("Open of a file that fails after byte %d = %v, want the disk's error", readableBytes, err)
		}
	}
}

// failingReader is a file whose reads fail after readableBytes.
type failingReader struct {
	data          []byte
	readableBytes int
	err           error
}

func (f failingReader) ReadAt(p []byte, off int64) (int, error) {
	if int(off)+len(p) > f.readableBytes {
		return 0, f.err
	}
	return copy(p, f.data[off:]), nil
}
