package form

import (
	"bytes"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const (
		value = "--b\r\nContent-Disposition: form-data; name=\"v\"\r\n\r\ntext\r\n"
		file  = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"new é.zip\"\r\nContent-Type: application/zip\r\n\r\n0123456789\r\n"
		blank = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\nabc\r\n"
		end   = "--b--\r\n"
	)
	for _, tt := range []struct {
		name, body string
		want       error
		v, f       string
	}{
		{"a value and a file", value + file + end, nil, "text", "new é.zip 0123456789"},
		{"a file without a name is a value", blank + end, nil, "", ""},
		{"the last of two files counts", file + strings.Replace(file, "0123", "9876", 1) + end, ErrFilesTooLarge, "", ""},
		{"a value that is too long", strings.Replace(value, "text", strings.Repeat("x", 9), 1) + end, ErrTooLarge, "", ""},
		{"a file that is too long", strings.Replace(file, "0123", "01234567", 1) + end, ErrFilesTooLarge, "", ""},
		{"cut off in a file", value + file[:len(file)-8], ErrMalformed, "", ""},
		{"cut off between parts", value, ErrMalformed, "", ""},
		{"cut off in a header", value[:30], ErrMalformed, "", ""},
		{"endless", strings.Repeat(strings.Replace(value, "text", "", 1), 200), ErrTooLarge, "", ""},
		{"100 MB", strings.Replace(file, "0123456789", strings.Repeat("0123456789", 10<<20), 1) + end, ErrFilesTooLarge, "", ""},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		f, err := Read(httptest.NewRecorder(), r, Limits{Values: 8, Files: 12})
		if !errors.Is(err, tt.want) || f == nil && tt.want == nil {
			t.Errorf("%s: Read = %v, want %v", tt.name, err, tt.want)
		}
		if f != nil && f.Values["v"] != tt.v {
			t.Errorf("%s: v = %q, want %q", tt.name, f.Values["v"], tt.v)
		}
		if f != nil && tt.f != "" {
			content := new(bytes.Buffer)
			io.Copy(content, io.NewSectionReader(f.Files["f"], 0, f.Files["f"].Size))
			if got := f.Files["f"].Name + " " + content.String(); got != tt.f {
				t.Errorf("%s: f = %q, want %q", tt.name, got, tt.f)
			}
		}
		f.Close()
		if remaining, err := os.ReadDir(os.TempDir()); err != nil || len(remaining) > 0 {
			t.Errorf("%s: files after Close: %v, %v", tt.name, remaining, err)
		}
	}
}

// FuzzRead asserts that a form is never larger than the limits.
func FuzzRead(f *testing.F) {
	f.Add("--b\r\nContent-Disposition: form-data; name=\"v\"\r\n\r\ntext\r\n--b--\r\n")
	f.Add("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n0123\r\n--b--")
	f.Add("--b--")
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		got, err := Read(httptest.NewRecorder(), r, Limits{Values: 8, Files: 12})
		if err != nil && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
		if (got == nil) == (err == nil) {
			t.Fatalf("Read = %v, %v", got, err)
		}
		if err != nil {
			return
		}
		defer got.Close()
		var values, files int64
		for _, v := range got.Values {
			values += int64(len(v))
		}
		for _, file := range got.Files {
			files += file.Size
		}
		if values > 8 || files > 12 {
			t.Errorf("values of %d bytes and files of %d", values, files)
		}
	})
}
