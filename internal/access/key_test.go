package access

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"
)

// mustParseKey returns the key in text.
func mustParseKey(tb testing.TB, text string) Key {
	tb.Helper()
	k, ok := parseKey(text)
	if !ok {
		tb.Fatalf("parseKey(%q) fails", text)
	}
	return k
}

func TestParseAuthorization(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxKey-len("12345678."))
	for _, c := range []struct {
		header, key string
		err         error
	}{
		{"Api-Key 12345678.abcdefghijklmnopqrstuvwxyz", "12345678.abcdefghijklmnopqrstuvwxyz", nil},
		{"api-key 12345678.secret", "12345678.secret", nil},
		{"API-KEY 12345678.secret", "12345678.secret", nil},
		{"aPi-kEy a.b", "a.b", nil},
		{"Api-Key 12345678.se.cr.et", "12345678.se.cr.et", nil},
		{"Api-Key 12345678." + long, "12345678." + long, nil},
		{"", "", ErrNoCredentials},
		{" ", "", ErrBadCredentials},
		{"Api-Key", "", ErrBadCredentials},
		{"Api-Key ", "", ErrBadCredentials},
		{"Api-Key  12345678.secret", "", ErrBadCredentials},
		{" Api-Key 12345678.secret", "", ErrBadCredentials},
		{"Api-Key\t12345678.secret", "", ErrBadCredentials},
		{"Api-Key 12345678.secret ", "", ErrBadCredentials},
		{"Api-Key 12345678.sec ret", "", ErrBadCredentials},
		{"Api-Key 12345678.secret, Api-Key 87654321.secret", "", ErrBadCredentials},
		{"Foo Api-Key 12345678.secret", "", ErrBadCredentials},
		{"Bearer 12345678.secret", "", ErrBadCredentials},
		{"Api-Key: 12345678.secret", "", ErrBadCredentials},
		{"12345678.secret", "", ErrBadCredentials},
		{"Api-Key 12345678", "", ErrBadCredentials},
		{"Api-Key .secret", "", ErrBadCredentials},
		{"Api-Key 12345678.", "", ErrBadCredentials},
		{"Api-Key .", "", ErrBadCredentials},
		{"Api-Key 12345678.sécret", "", ErrBadCredentials},
		{"Api-Key 1234\x005678.secret", "", ErrBadCredentials},
		{"Api-Key 12345678.secret\x7f", "", ErrBadCredentials},
		{"Api-Key 12345678." + long + "x", "", ErrBadCredentials},
		{"Api-Key " + strings.Repeat("p", maxPrefix+1) + ".secret", "", ErrBadCredentials},
	} {
		k, err := ParseAuthorization(c.header)
		if k.Reveal() != c.key || err != c.err {
			t.Errorf("ParseAuthorization(%q) = %q, %v; want %q, %v", c.header, k.Reveal(), err, c.key, c.err)
		}
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add("Api-Key 12345678.abcdefghijklmnopqrstuvwxyz")
	f.Add("api-key a.b.c")
	f.Add("Api-Key  .")
	f.Fuzz(func(t *testing.T, header string) {
		k, err := ParseAuthorization(header)
		if err != nil {
			if (err == ErrNoCredentials) != (header == "") || k != (Key{}) {
				t.Errorf("ParseAuthorization(%q) = %v, %v", header, k, err)
			}
			return
		}
		if !strings.HasSuffix(header, " "+k.Reveal()) || !strings.HasPrefix(k.Reveal(), k.Prefix()+".") {
			t.Errorf("ParseAuthorization(%q) = %q with prefix %q", header, k.Reveal(), k.Prefix())
		}
		if strings.Contains(k.Prefix(), ".") || len(k.Prefix()) > maxPrefix || len(k.Reveal()) > maxKey {
			t.Errorf("ParseAuthorization(%q): prefix %q, %d bytes in all", header, k.Prefix(), len(k.Reveal()))
		}
	})
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}$`)
	count := map[rune]int{}
	const keys = 2000
	for range keys {
		k, err := NewKey(rand.Reader)
		if err != nil || !form.MatchString(k.Reveal()) {
			t.Fatalf("NewKey = %q, %v; want the form %v", k.Reveal(), err, form)
		}
		for _, r := range k.Reveal() {
			count[r]++
		}
	}
	// About 1290 of each are expected, and the bounds are 8 standard deviations away. The
	// plain remainder of a byte would draw the first 8 letters 1560 times.
	for _, r := range alphabet {
		if n := count[r]; n < 1000 || n > 1500 {
			t.Errorf("NewKey drew %q %d times in %d keys, want about %d", r, n, keys, keys*40/62)
		}
	}
}

func TestNewKeyFromBrokenSource(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]io.Reader{"short": strings.NewReader("few bytes"), "stuck": constantReader(0xff)} {
		if k, err := NewKey(r); err == nil || k != (Key{}) {
			t.Errorf("NewKey(%s) = %q, %v; want an error", name, k.Reveal(), err)
		}
	}
}

// A constantReader reads the same byte forever.
type constantReader byte

func (s constantReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

// TestKeyIsNeverPrinted prints a key in many ways.
func TestKeyIsNeverPrinted(t *testing.T) {
	t.Parallel()
	k := mustParseKey(t, "12345678.hushhush")
	type holder struct {
		Key     Key
		pointer *Key
		hidden  Key
	}
	h := holder{k, &k, k}
	var out bytes.Buffer
	for _, v := range []any{k, &k, h, &h, []Key{k}, map[string]Key{"k": k}, map[Key]int{k: 1}, []any{k, h}} {
		for _, verb := range "vsdxXqTpbtcUeg" {
			fmt.Fprintf(&out, "%"+string(verb)+" %+"+string(verb)+" %#"+string(verb)+"\n", v, v, v)
		}
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Error("rejected", "value", v, slog.Group("group", "value", v))
		}
		_ = json.NewEncoder(&out).Encode(v)
		fmt.Fprintln(&out, errors.Join(fmt.Errorf("wrapped %v", v)))
	}
	for _, secret := range []string{"hushhush", fmt.Sprintf("%x", "hushhush"), fmt.Sprintf("%X", "hushhush"), fmt.Sprint([]byte("hushhush"))} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the secret was printed as %q in:\n%s", secret, out.String())
		}
	}
	if !strings.Contains(out.String(), "12345678.[secret]") {
		t.Errorf("the prefix was not printed in:\n%s", out.String())
	}
}
