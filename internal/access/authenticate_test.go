package access

import (
	"bytes"
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const (
	goodText = "12345678.abcdefghijklmnopqrstuvwxyz"
	client   = "192.0.2.7"
)

// memory is a store of keys by prefix.
type memory struct {
	mu       sync.Mutex
	keys     map[string]KeyRecord
	find     error
	write    error
	rehashed int    // calls of Rehash
	asked    func() // called by KeyByPrefix, if not nil
}

func (m *memory) KeyByPrefix(_ context.Context, prefix string) (KeyRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.asked != nil {
		m.asked()
	}
	r, ok := m.keys[prefix]
	switch {
	case m.find != nil:
		return KeyRecord{}, m.find
	case !ok:
		return KeyRecord{}, fmt.Errorf("key %s: %w", prefix, ErrNoKey)
	}
	return r, nil
}

func (m *memory) Rehash(_ context.Context, id int64, old, replacement string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rehashed++
	if m.write != nil {
		return m.write
	}
	for prefix, r := range m.keys {
		if r.ID == id && r.Hash == old {
			r.Hash = replacement
			m.keys[prefix] = r
		}
	}
	return nil
}

// bench is an Authenticator with everything around it.
type bench struct {
	*Authenticator
	keys  *memory
	clock *clock
	log   *bytes.Buffer
}

func newBench(records ...KeyRecord) *bench {
	b := &bench{keys: &memory{keys: map[string]KeyRecord{}}, clock: newClock(), log: &bytes.Buffer{}}
	for _, r := range records {
		b.keys.keys[r.Prefix] = r
	}
	b.Authenticator = &Authenticator{
		Keys: b.keys, Throttle: NewThrottle(b.clock.time), Now: b.clock.time,
		Log: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	return b
}

// try authenticates with the key that text spells.
func (b *bench) try(tb testing.TB, text string) (*Principal, error) {
	tb.Helper()
	return b.Authenticate(tb.Context(), "Api-Key "+text, client)
}

// pbkdf2Of hashes a key as an old Django does, if one in a hurry.
func pbkdf2Of(tb testing.TB, text string) string {
	tb.Helper()
	dk, err := pbkdf2.Key(sha256.New, text, []byte("oraclesalt123"), 1000, 32)
	if err != nil {
		tb.Fatal(err)
	}
	return "pbkdf2_sha256$1000$oraclesalt123$" + base64.StdEncoding.EncodeToString(dk)
}

func bcryptOf(tb testing.TB, text string) string {
	tb.Helper()
	h, err := bcrypt.GenerateFromPassword([]byte(text), bcrypt.MinCost)
	if err != nil {
		tb.Fatal(err)
	}
	return "bcrypt$" + string(h)
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	end := newClock().now.Add(time.Hour)
	b := newBench(KeyRecord{
		ID: 5, Prefix: "12345678", Hash: aKey(t, goodText).Hash(), Name: "dashboard",
		Expires: &end, ReadOnly: true, CourseIDs: []int64{1001, 1002},
	})
	got, err := b.try(t, goodText)
	want := &Principal{
		Kind: APIKey, Name: "dashboard", KeyID: 5, Prefix: "12345678", ReadOnly: true, Expires: &end,
		Grants: []Grant{{1001, Teacher}, {1002, Teacher}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Authenticate(good key) = %+v, %v; want %+v", got, err, want)
	}
	if p, err := b.Authenticate(t.Context(), "", client); p != nil || err != ErrNoCredentials {
		t.Errorf("Authenticate(no header) = %v, %v; want %v", p, err, ErrNoCredentials)
	}
}

// TestAuthenticateGivesNoHint holds that every key which is not good fails with
// the same error, and with the same count of failures.
func TestAuthenticateGivesNoHint(t *testing.T) {
	t.Parallel()
	past := newClock().now.Add(-1)
	record := func(prefix string) KeyRecord {
		return KeyRecord{Prefix: prefix, Hash: aKey(t, prefix+".hushhush").Hash()}
	}
	revoked, expired, broken, slow := record("revokedK"), record("expiredK"), record("brokenKK"), record("slowKKKK")
	revoked.Revoked = true
	expired.Expires = &past
	broken.Hash = "md5$$0123456789abcdef"
	slow.Hash = pbkdf2Of(t, "slowKKKK.hushhush")
	slow.Revoked = true
	for _, text := range []string{
		"unknownK.hushhush", "goodKKKK.Hushhush", "goodKKKK.hushhush.", "revokedK.hushhush", "revokedK.wrong",
		"expiredK.hushhush", "brokenKK.hushhush", "slowKKKK.hushhush", "slowKKKK.wrong",
	} {
		b := newBench(record("goodKKKK"), revoked, expired, broken, slow)
		for i := range pairBurst {
			if p, err := b.try(t, text); p != nil || err != ErrBadCredentials {
				t.Errorf("Authenticate(%s) = %v, %v the %dth time; want %v", text, p, err, i+1, ErrBadCredentials)
			}
		}
		var throttled *ThrottledError
		if p, err := b.try(t, text); p != nil || !errors.As(err, &throttled) || throttled.RetryAfter != pairInterval {
			t.Errorf("Authenticate(%s) = %v, %v after %d failures; want to wait %v", text, p, err, pairBurst, pairInterval)
		}
		if strings.Contains(b.log.String(), "hushhush") || strings.Contains(b.log.String(), "0123456789abcdef") {
			t.Errorf("Authenticate(%s) logged %s", text, b.log)
		}
	}
}

// TestAuthenticateThrottlesFirst holds that after too many failures nothing is
// looked up any more, for a good key neither, and that a wait is enough.
func TestAuthenticateThrottlesFirst(t *testing.T) {
	t.Parallel()
	b := newBench(KeyRecord{Prefix: "12345678", Hash: pbkdf2Of(t, goodText)})
	for range pairBurst {
		_, _ = b.try(t, "12345678.wrong")
	}
	b.keys.find = errors.New("must not be asked")
	var throttled *ThrottledError
	if _, err := b.try(t, goodText); !errors.As(err, &throttled) {
		t.Fatalf("Authenticate(good key) = %v after %d failures, want a ThrottledError", err, pairBurst)
	}
	b.keys.find = nil
	b.clock.move(throttled.RetryAfter)
	if _, err := b.try(t, goodText); err != nil {
		t.Errorf("Authenticate(good key) = %v after the wait, want nil", err)
	}
}

func TestAuthenticateRehashes(t *testing.T) {
	t.Parallel()
	b := newBench(KeyRecord{ID: 5, Prefix: "12345678", Hash: pbkdf2Of(t, goodText)})
	if _, err := b.try(t, "12345678.wrong"); err != ErrBadCredentials || b.keys.rehashed != 0 {
		t.Errorf("Authenticate(wrong key) = %v and %d rehashes, want %v and none", err, b.keys.rehashed, ErrBadCredentials)
	}
	for range 3 {
		if _, err := b.try(t, goodText); err != nil {
			t.Errorf("Authenticate(good key) = %v, want nil", err)
		}
	}
	if got, want := b.keys.keys["12345678"].Hash, aKey(t, goodText).Hash(); got != want || b.keys.rehashed != 1 {
		t.Errorf("stored hash = %q after %d rehashes, want %q after 1", got, b.keys.rehashed, want)
	}
}

func TestAuthenticateSurvivesFailedRehash(t *testing.T) {
	t.Parallel()
	b := newBench(KeyRecord{ID: 5, Prefix: "12345678", Hash: pbkdf2Of(t, goodText)})
	b.keys.write = errors.New("read-only store")
	if p, err := b.try(t, goodText); err != nil || p.KeyID != 5 {
		t.Errorf("Authenticate(good key) = %v, %v; want key 5", p, err)
	}
	if log := b.log.String(); !strings.Contains(log, "read-only store") || strings.Contains(log, "abcdef") {
		t.Errorf("log = %q, want the failure without the secret", log)
	}
}

func TestAuthenticatePassesTroubleOn(t *testing.T) {
	t.Parallel()
	b := newBench(KeyRecord{Prefix: "12345678", Hash: pbkdf2Of(t, goodText)})
	down := errors.New("database is down")
	b.keys.find = down
	for range 2 * pairBurst {
		if p, err := b.try(t, goodText); p != nil || !errors.Is(err, down) {
			t.Fatalf("Authenticate = %v, %v; want %v", p, err, down)
		}
	}
	b.keys.find = nil
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range cap(fill(b.Authenticator)) {
		if _, err := b.Authenticate(ctx, "Api-Key "+goodText, client); !errors.Is(err, context.Canceled) {
			t.Errorf("Authenticate(cancelled while waiting) = %v, want %v", err, context.Canceled)
		}
	}
}

// fill takes all the places for slow checks.
func fill(a *Authenticator) chan struct{} {
	done, _ := a.turn(context.Background())
	done()
	for range cap(a.slow) {
		a.slow <- struct{}{}
	}
	return a.slow
}

// flood authenticates many times at once, and lets nobody's slow check begin
// before everybody has seen that a slow check is due.
func (b *bench) flood(tb testing.TB, text string, many int) (good, bad, throttled int) {
	tb.Helper()
	var arrived, left sync.WaitGroup
	arrived.Add(many)
	waiting := many
	b.keys.asked = func() {
		if waiting--; waiting >= 0 {
			arrived.Done()
		}
	}
	slow := fill(b.Authenticator)
	outcomes := make(chan error, many)
	for range many {
		left.Go(func() {
			_, err := b.try(tb, text)
			outcomes <- err
		})
	}
	arrived.Wait()
	for range cap(slow) {
		<-slow
	}
	left.Wait()
	close(outcomes)
	for err := range outcomes {
		var te *ThrottledError
		switch {
		case err == nil:
			good++
		case err == ErrBadCredentials:
			bad++
		case errors.As(err, &te):
			throttled++
		default:
			tb.Error(err)
		}
	}
	return good, bad, throttled
}

// TestAuthenticateFlood sends many requests at once with a slow hash. Wrong ones
// get no more checks than the throttle gives, and right ones are checked slowly
// only until the first has replaced the hash.
func TestAuthenticateFlood(t *testing.T) {
	t.Parallel()
	const many = 100
	atOnce := max(1, runtime.GOMAXPROCS(0)/2)
	b := newBench(KeyRecord{ID: 5, Prefix: "12345678", Hash: pbkdf2Of(t, goodText)})
	if good, bad, throttled := b.flood(t, "12345678.wrong", many); good != 0 || bad < pairBurst || bad >= pairBurst+atOnce {
		t.Errorf("%d wrong keys: %d good, %d bad, %d throttled; want %d bad", many, good, bad, throttled, pairBurst)
	}
	b = newBench(KeyRecord{ID: 5, Prefix: "12345678", Hash: pbkdf2Of(t, goodText)})
	if good, _, _ := b.flood(t, goodText, many); good != many || b.keys.rehashed > atOnce {
		t.Errorf("%d good keys: %d good, %d rehashes; want %d and at most %d", many, good, b.keys.rehashed, many, atOnce)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	a := newBench(KeyRecord{Prefix: "12345678", Hash: aKey(b, goodText).Hash(), CourseIDs: []int64{1001}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.try(b, goodText); err != nil {
			b.Fatal(err)
		}
	}
}
