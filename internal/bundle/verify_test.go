package bundle

import (
	"archive/zip"
	"context"
	"errors"
	"testing"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	const hello = `md5='5d41402abc4b2a76b9719d911017c592' sha256='2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824'
		sha3-256='3338be694f50c5f338814986cdf0686453a888b84f424d792af4b9202398f392'`
	for _, tt := range []struct{ name, file, want string }{
		{"all correct", `<file name='hello' size='5' ` + hello + `/>`, ""},
		{"an unknown hash", `<file name='hello' whirlpool='00'/>`, ""},
		{"content inside the XML", `<file name='other'>text</file>`, ""},
		{"a reference", `<file ref='other'/>`, ""},
		{"a wrong size", `<file name='hello' size='6'/>`, "hello: the file has 5 bytes; product.xml says 6 on line 1"},
		{"a wrong hash", `<file name='hello' sha1='00'/>`, "hello: the sha1 of the file is aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d; product.xml says 00 on line 1"},
		{"a missing file", `<file name='other'/>`, "other: there is no such file in the bundle"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := openBundle(makeZip(t, "product.xml", "<product><files>"+tt.file+"</files></product>", "hello", "hello"))
			if err != nil {
				t.Fatal(err)
			}
			err = b.Verify(t.Context())
			if tt.want != "" {
				wantError(t, "Verify", err, tt.want)
			} else if err != nil {
				t.Errorf("Verify() = %v, want nil", err)
			}
		})
	}
}

// Users of the bundle can read the members that the XML does not name, too.
func TestVerifyReadsUnnamedMembers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		h    zip.FileHeader
		want string
	}{
		{"damaged", zip.FileHeader{CRC32: 1, CompressedSize64: 5, UncompressedSize64: 5}, "x: the file is damaged: its checksum does not match"},
		{"too large", zip.FileHeader{CompressedSize64: 5, UncompressedSize64: 1 << 30}, "x: the file unpacks to 1073741824 bytes, the limit is 268435456"},
	} {
		tt.h.Name = "x"
		b, err := openBundle(makeRawZip(t, "<results/>", &tt.h, []byte("hello")))
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, tt.name, b.Verify(t.Context()), tt.want)
	}
}

func TestVerifyRejectsDuplicateNames(t *testing.T) {
	t.Parallel()
	b, err := openBundle(makeZip(t, "recipe.xml", "<recipe/>", "recipe.xml", "garbage"))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "Verify", b.Verify(t.Context()), "recipe.xml: the zip has two files of this name")
}

// A basic bundle omits attachments.
func TestVerifyBasicResults(t *testing.T) {
	t.Parallel()
	if err := openFixture(t, "result.xml").Verify(t.Context()); err != nil {
		t.Errorf("Verify() = %v, want nil", err)
	}
}

func TestVerifyStopsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := openFixture(t, "result-full.zip").Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify(a cancelled context) = %v, want context.Canceled", err)
	}
}
