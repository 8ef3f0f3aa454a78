package access

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// admit admits the key in text.
func (b *fixture) admit(tb testing.TB, text string) (*Authentication, error) {
	tb.Helper()
	return b.Admit(tb.Context(), "Api-Key "+text, client)
}

// newRememberingFixture returns a fixture that remembers the valid key, and its record.
func newRememberingFixture(t *testing.T) (*fixture, KeyRecord) {
	t.Helper()
	k, _ := parseKey(validKeyText)
	r := KeyRecord{ID: 7, Prefix: k.Prefix(), Hash: k.Hash(), Name: "key", CourseIDs: []int64{1, 2}}
	b := newFixture(r)
	if a, err := b.admit(t, validKeyText); err != nil || a.Remembered() != nil {
		t.Fatalf("the first admission = %v, %v, want a caller who is confirmed", a, err)
	}
	return b, r
}

// A verified key is remembered for a minute, if its secret is right and it has not expired.
func TestAdmitRemembersVerifiedKeys(t *testing.T) {
	t.Parallel()
	b, r := newRememberingFixture(t)
	lookups := 0
	b.keys.onLookup = func() { lookups++ }
	for range 3 {
		a, err := b.admit(t, validKeyText)
		if err != nil || a.Remembered() == nil || a.Remembered().KeyID != 7 || a.Identity() != (Identity{APIKey, 7}) || lookups != 0 {
			t.Fatalf("admission = %v, %v after %d look-ups, want a remembered caller after none", a, err, lookups)
		}
	}
	if _, err := b.admit(t, validKeyText+"x"); err != ErrBadCredentials {
		t.Errorf("admission of a wrong secret = %v, want %v", err, ErrBadCredentials)
	}
	b.clock.advance(memoryTime)
	if a, err := b.admit(t, validKeyText); err != nil || a.Remembered() != nil {
		t.Errorf("admission after %s = %v, %v, want a caller who is confirmed", memoryTime, a, err)
	}
	expiry := b.clock.time().Add(memoryTime / 2)
	r.Expires = &expiry
	b.keys.keys[r.Prefix] = r
	b.clock.advance(memoryTime)
	if _, err := b.admit(t, validKeyText); err != ErrBadCredentials {
		t.Errorf("admission of an expired key = %v, want %v", err, ErrBadCredentials)
	}
}

// A remembered caller is confirmed only by the record that the key was verified with.
func TestCheck(t *testing.T) {
	t.Parallel()
	past, future := newClock().time().Add(-time.Hour), newClock().time().Add(time.Hour)
	for name, change := range map[string]func(*KeyRecord){
		"nothing":       func(*KeyRecord) {},
		"last use":      func(r *KeyRecord) { r.LastUsed = &past },
		"hash":          func(r *KeyRecord) { r.Hash = unmatchableHash },
		"revoked":       func(r *KeyRecord) { r.Revoked = true },
		"expired":       func(r *KeyRecord) { r.Expires = &past },
		"expiry":        func(r *KeyRecord) { r.Expires = &future },
		"read-only":     func(r *KeyRecord) { r.ReadOnly = true },
		"fewer courses": func(r *KeyRecord) { r.CourseIDs = r.CourseIDs[:1] },
		"name":          func(r *KeyRecord) { r.Name = "other" },
		"id":            func(r *KeyRecord) { r.ID = 8 },
		"figures only":  func(r *KeyRecord) { r.MinGroup = 5 },
		"pseudonyms":    func(r *KeyRecord) { r.Pseudonymous = true },
	} {
		b, r := newRememberingFixture(t)
		var used []KeyRecord
		b.OnUse = func(r KeyRecord) { used = append(used, r) }
		a, err := b.admit(t, validKeyText)
		if err != nil {
			t.Fatal(err)
		}
		change(&r)
		var want error
		if name != "nothing" && name != "last use" {
			want = ErrOutdated
		}
		if err := a.Check(r, nil); err != want || (a.Remembered() == nil) != (want == nil) || (len(used) == 1) != (want == nil) {
			t.Errorf("%s: Check = %v, the caller is remembered as %v, and the key was used %d times; want %v", name, err, a.Remembered(), len(used), want)
		}
		if again, err := b.admit(t, validKeyText); err != nil || (again.Remembered() == nil) != (want != nil) {
			t.Errorf("%s: the next admission = %v, %v, want the key to be forgotten after a change", name, again, err)
		}
	}
	b, _ := newRememberingFixture(t)
	a, err := b.admit(t, validKeyText)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Check(KeyRecord{}, ErrKeyNotFound); err != ErrOutdated || a.Remembered() == nil {
		t.Errorf("Check of a key that does not exist = %v, want %v", err, ErrOutdated)
	}
	failure := errors.New("database")
	if err := a.Check(KeyRecord{}, failure); err != failure || a.Remembered() == nil {
		t.Errorf("Check after an error = %v, want %v", err, failure)
	}
}

// Rights of a caller who is not confirmed are not available, and Confirm returns the present ones.
func TestConfirm(t *testing.T) {
	t.Parallel()
	b, r := newRememberingFixture(t)
	a, err := b.admit(t, validKeyText)
	if err != nil {
		t.Fatal(err)
	}
	ctx := WithAuthentication(t.Context(), a)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("FromContext does not panic before the caller is confirmed")
			}
		}()
		FromContext(ctx)
	}()
	r.ReadOnly = true
	b.keys.keys[r.Prefix] = r
	if err := Confirm(ctx); err != nil || !FromContext(ctx).ReadOnly || a.Remembered() != nil {
		t.Errorf("Confirm = %v for %+v, want a read-only caller", err, FromContext(ctx))
	}
}

// A response is sent to a caller who is confirmed, and is replaced by a rejection otherwise.
func TestConfirmingWriter(t *testing.T) {
	t.Parallel()
	b, r := newRememberingFixture(t)
	for name, write := range map[string]func(http.ResponseWriter){
		"status":  func(w http.ResponseWriter) { w.WriteHeader(http.StatusTeapot) },
		"body":    func(w http.ResponseWriter) { _, _ = w.Write([]byte("data")) },
		"flush":   func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
		"nothing": func(http.ResponseWriter) {},
	} {
		for _, revoked := range []bool{false, true} {
			r.Revoked = false
			b.keys.keys[r.Prefix] = r
			if _, err := b.authenticate(t, validKeyText); err != nil {
				t.Fatal(err)
			}
			a, err := b.admit(t, validKeyText)
			if err != nil {
				t.Fatal(err)
			}
			r.Revoked = revoked
			b.keys.keys[r.Prefix] = r
			recorder := httptest.NewRecorder()
			recorder.Header().Set("Before", "1")
			w := NewConfirmingWriter(recorder)
			w.Require(a, func() error { return a.Confirm(t.Context()) }, func(w http.ResponseWriter, err error) {
				http.Error(w, err.Error(), http.StatusUnauthorized)
			})
			w.Header().Set("Secret", "1")
			write(w)
			_, _ = w.Write([]byte("more"))
			w.Close()
			h := recorder.Header()
			if isRejected := recorder.Code == http.StatusUnauthorized && recorder.Body.String() == ErrBadCredentials.Error()+"\n" && h.Get("Secret") == ""; isRejected != revoked || h.Get("Before") != "1" {
				t.Errorf("%s, revoked %t: the response is %d %v %q", name, revoked, recorder.Code, h, recorder.Body)
			}
		}
	}
}

// Long names of keys count for the memory of remembered keys.
func TestBytesOfVerifiedKey(t *testing.T) {
	t.Parallel()
	short, long := &verifiedKey{record: KeyRecord{Name: "key"}}, &verifiedKey{record: KeyRecord{Name: strings.Repeat("k", 1<<20)}}
	if n := long.bytes() - short.bytes(); n != 1<<20-len("key") {
		t.Errorf("a name of 1 MiB counts for %d bytes more than a short one", n)
	}
}
