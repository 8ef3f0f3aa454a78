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
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const (
	validKeyText = "12345678.abcdefghijklmnopqrstuvwxyz"
	client       = "192.0.2.7"
)

// memoryKeys implements Keys in memory.
type memoryKeys struct {
	mu       sync.Mutex
	keys     map[string]KeyRecord
	findErr  error
	writeErr error
	rehashed int    // calls of Rehash
	onLookup func() // called by KeyByPrefix, if not nil
	onRehash func(context.Context)
}

func (m *memoryKeys) KeyByPrefix(_ context.Context, prefix string) (KeyRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.onLookup != nil {
		m.onLookup()
	}
	r, ok := m.keys[prefix]
	switch {
	case m.findErr != nil:
		return KeyRecord{}, m.findErr
	case !ok:
		return KeyRecord{}, fmt.Errorf("key %s: %w", prefix, ErrKeyNotFound)
	}
	return r, nil
}

func (m *memoryKeys) Rehash(ctx context.Context, id int64, old, replacement string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rehashed++
	if m.onRehash != nil {
		m.onRehash(ctx)
	}
	if m.writeErr != nil {
		return m.writeErr
	}
	for prefix, r := range m.keys {
		if r.ID == id && r.Hash == old {
			r.Hash = replacement
			m.keys[prefix] = r
		}
	}
	return nil
}

// A fixture is an Authenticator with its store, clock and log.
type fixture struct {
	*Authenticator
	keys  *memoryKeys
	clock *clock
	log   *bytes.Buffer
}

func newFixture(records ...KeyRecord) *fixture {
	b := &fixture{keys: &memoryKeys{keys: map[string]KeyRecord{}}, clock: newClock(), log: &bytes.Buffer{}}
	for _, r := range records {
		b.keys.keys[r.Prefix] = r
	}
	b.Authenticator = &Authenticator{
		Keys: b.keys, Throttle: NewThrottle(b.clock.time), Now: b.clock.time,
		Log: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	return b
}

// authenticate authenticates with the key in text.
func (b *fixture) authenticate(tb testing.TB, text string) (*Principal, error) {
	tb.Helper()
	return b.Authenticate(tb.Context(), "Api-Key "+text, client)
}

// pbkdf2Hash hashes a key as an old Django does, with few iterations to be fast.
func pbkdf2Hash(tb testing.TB, text string) string {
	tb.Helper()
	dk, err := pbkdf2.Key(sha256.New, text, []byte("oraclesalt123"), 1000, 32)
	if err != nil {
		tb.Fatal(err)
	}
	return "pbkdf2_sha256$1000$oraclesalt123$" + base64.StdEncoding.EncodeToString(dk)
}

func bcryptHash(tb testing.TB, text string) string {
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
	b := newFixture(KeyRecord{
		ID: 5, Prefix: "12345678", Hash: mustParseKey(t, validKeyText).Hash(), Name: "dashboard",
		Expires: &end, ReadOnly: true, CourseIDs: []int64{1001, 1002},
	})
	got, err := b.authenticate(t, validKeyText)
	want := &Principal{
		Kind: APIKey, Name: "dashboard", KeyID: 5, Prefix: "12345678", ReadOnly: true, Expires: &end,
		Grants: []Grant{{1001, Teacher}, {1002, Teacher}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Authenticate(valid key) = %+v, %v; want %+v", got, err, want)
	}
	if p, err := b.Authenticate(t.Context(), "", client); p != nil || err != ErrNoCredentials {
		t.Errorf("Authenticate(no header) = %v, %v; want %v", p, err, ErrNoCredentials)
	}
}

// TestInvalidKeysAreIndistinguishable asserts that every invalid key fails with the same
// error, and after the same number of failures.
func TestInvalidKeysAreIndistinguishable(t *testing.T) {
	t.Parallel()
	past := newClock().now.Add(-1)
	record := func(prefix string) KeyRecord {
		return KeyRecord{Prefix: prefix, Hash: mustParseKey(t, prefix+".hushhush").Hash()}
	}
	revoked, expired, broken, slow := record("revokedK"), record("expiredK"), record("brokenKK"), record("slowKKKK")
	revoked.Revoked = true
	expired.Expires = &past
	broken.Hash = "md5$$0123456789abcdef"
	slow.Hash = pbkdf2Hash(t, "slowKKKK.hushhush")
	slow.Revoked = true
	for _, text := range []string{
		"unknownK.hushhush", "goodKKKK.Hushhush", "goodKKKK.hushhush.", "revokedK.hushhush", "revokedK.wrong",
		"expiredK.hushhush", "brokenKK.hushhush", "slowKKKK.hushhush", "slowKKKK.wrong",
	} {
		b := newFixture(record("goodKKKK"), revoked, expired, broken, slow)
		for i := range clientKeyBurst {
			if p, err := b.authenticate(t, text); p != nil || err != ErrBadCredentials {
				t.Errorf("Authenticate(%s) = %v, %v the %dth time; want %v", text, p, err, i+1, ErrBadCredentials)
			}
		}
		var throttled *ThrottledError
		if p, err := b.authenticate(t, text); p != nil || !errors.As(err, &throttled) || throttled.RetryAfter != clientKeyInterval {
			t.Errorf("Authenticate(%s) = %v, %v after %d failures; want to wait %v", text, p, err, clientKeyBurst, clientKeyInterval)
		}
		if strings.Contains(b.log.String(), "hushhush") || strings.Contains(b.log.String(), "0123456789abcdef") {
			t.Errorf("Authenticate(%s) logged %s", text, b.log)
		}
	}
}

// A request that holds a slot for slow checks does not wait for the look-ups of its address, even if
// the address was throttled in the meantime. Then the request fails even with a valid key: otherwise
// any number of guesses could wait for a slot before the throttle counts the first failure.
func TestSlowCheckDoesNotWaitForLookups(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(KeyRecord{Prefix: "12345678", Hash: pbkdf2Hash(t, validKeyText)})
		release := occupySlowChecks(b.Authenticator)
		outcome := make(chan error)
		go func() {
			_, err := b.authenticate(t, validKeyText)
			outcome <- err
		}()
		synctest.Wait() // for the request to wait for a slot
		for range clientKeyBurst {
			b.Throttle.Fail("12345678", client)
		}
		defer b.occupyLookups(t, client)()
		release()
		start := time.Now()
		var throttled *ThrottledError
		if err := <-outcome; !errors.As(err, &throttled) || time.Since(start) > 0 || b.slowChecks.Used() != 0 {
			t.Errorf("the request = %v after %s with %d slots used, want a ThrottledError at once and none", err, time.Since(start), b.slowChecks.Used())
		}
	})
}

// A slow check holds a slot from its own look-up on. The slot is free while the hash is replaced,
// which waits for the database.
func TestSlowCheckHoldsSlot(t *testing.T) {
	t.Parallel()
	b := newFixture(KeyRecord{ID: 5, Prefix: "12345678", Hash: pbkdf2Hash(t, validKeyText)})
	var used []int // at the two look-ups and at the replacement
	b.keys.onLookup = func() { used = append(used, b.slowChecks.Used()) }
	b.keys.onRehash = func(ctx context.Context) {
		used = append(used, b.slowChecks.Used())
		if until, ok := ctx.Deadline(); !ok || time.Until(until) > rehashTimeout {
			t.Errorf("the time of Rehash ends at %v, want within %s", until, rehashTimeout)
		}
	}
	if _, err := b.authenticate(t, validKeyText); err != nil || !slices.Equal(used, []int{0, 1, 0}) {
		t.Errorf("Authenticate = %v and uses %v slots, want 0 at the first look-up, 1 at the second and 0 by Rehash", err, used)
	}
}

// OnUse gets the keys that authenticate, and no others.
func TestAuthenticateReportsUse(t *testing.T) {
	t.Parallel()
	b := newFixture(KeyRecord{ID: 5, Prefix: "12345678", Hash: pbkdf2Hash(t, validKeyText)})
	var used []int64
	b.OnUse = func(r KeyRecord) { used = append(used, r.ID) }
	for _, text := range []string{"12345678.wrong", validKeyText, "unknownK.wrong", validKeyText} {
		_, _ = b.authenticate(t, text)
	}
	if !slices.Equal(used, []int64{5, 5}) {
		t.Errorf("OnUse got the keys %v, want key 5 twice", used)
	}
}

func TestAuthenticateRehashes(t *testing.T) {
	t.Parallel()
	b := newFixture(KeyRecord{ID: 5, Prefix: "12345678", Hash: pbkdf2Hash(t, validKeyText)})
	if _, err := b.authenticate(t, "12345678.wrong"); err != ErrBadCredentials || b.keys.rehashed != 0 {
		t.Errorf("Authenticate(wrong key) = %v and %d rehashes, want %v and none", err, b.keys.rehashed, ErrBadCredentials)
	}
	for range 3 {
		if _, err := b.authenticate(t, validKeyText); err != nil {
			t.Errorf("Authenticate(valid key) = %v, want nil", err)
		}
	}
	if got, want := b.keys.keys["12345678"].Hash, mustParseKey(t, validKeyText).Hash(); got != want || b.keys.rehashed != 1 {
		t.Errorf("stored hash = %q after %d rehashes, want %q after 1", got, b.keys.rehashed, want)
	}
}

func TestAuthenticateIgnoresFailedRehash(t *testing.T) {
	t.Parallel()
	b := newFixture(KeyRecord{ID: 5, Prefix: "12345678", Hash: pbkdf2Hash(t, validKeyText)})
	b.keys.writeErr = errors.New("read-only store")
	if p, err := b.authenticate(t, validKeyText); err != nil || p.KeyID != 5 {
		t.Errorf("Authenticate(valid key) = %v, %v; want key 5", p, err)
	}
	if log := b.log.String(); !strings.Contains(log, "read-only store") || strings.Contains(log, "abcdef") {
		t.Errorf("log = %q, want the failure without the secret", log)
	}
}

func TestAuthenticateReturnsStoreErrors(t *testing.T) {
	t.Parallel()
	b := newFixture(KeyRecord{Prefix: "12345678", Hash: pbkdf2Hash(t, validKeyText)})
	down := errors.New("database is down")
	b.keys.findErr = down
	for range 2 * clientKeyBurst {
		if p, err := b.authenticate(t, validKeyText); p != nil || !errors.Is(err, down) {
			t.Fatalf("Authenticate = %v, %v; want %v", p, err, down)
		}
	}
	b.keys.findErr = nil
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	defer occupySlowChecks(b.Authenticator)()
	if _, err := b.Authenticate(ctx, "Api-Key "+validKeyText, client); !errors.Is(err, context.Canceled) {
		t.Errorf("Authenticate(cancelled while waiting) = %v, want %v", err, context.Canceled)
	}
}

// A look-up that fails because its context ended says so, whatever the driver reports.
func TestAuthenticateReturnsCause(t *testing.T) {
	t.Parallel()
	b := newFixture()
	b.keys.findErr = errors.New("interrupted")
	ctx, cancel := context.WithCancel(t.Context())
	b.keys.onLookup = cancel
	if _, err := b.Authenticate(ctx, "Api-Key "+validKeyText, client); !errors.Is(err, context.Canceled) {
		t.Errorf("Authenticate(cancelled look-up) = %v, want %v", err, context.Canceled)
	}
}

// occupySlowChecks acquires all slots for checks of slow hashes.
func occupySlowChecks(a *Authenticator) (release func()) {
	a.once.Do(a.init)
	n := max(1, runtime.GOMAXPROCS(0)/2)
	for range n {
		if err := a.slowChecks.Acquire(context.Background()); err != nil {
			panic(err)
		}
	}
	return func() {
		for range n {
			a.slowChecks.Release()
		}
	}
}

// flood authenticates count times at once. The slow checks start after every request has looked
// up its key.
func (b *fixture) flood(tb testing.TB, text string, count int) (valid, invalid, throttled int) {
	tb.Helper()
	var lookups, requests sync.WaitGroup
	lookups.Add(count)
	remaining := count
	b.keys.onLookup = func() {
		if remaining--; remaining >= 0 {
			lookups.Done()
		}
	}
	release := occupySlowChecks(b.Authenticator)
	outcomes := make(chan error, count)
	for range count {
		requests.Go(func() {
			_, err := b.authenticate(tb, text)
			outcomes <- err
		})
	}
	lookups.Wait()
	release()
	requests.Wait()
	close(outcomes)
	for err := range outcomes {
		var te *ThrottledError
		switch {
		case err == nil:
			valid++
		case err == ErrBadCredentials:
			invalid++
		case errors.As(err, &te):
			throttled++
		default:
			tb.Error(err)
		}
	}
	return valid, invalid, throttled
}

// TestAuthenticateFlood sends many requests at once with a slow hash. Wrong keys get no more
// checks than the throttle allows, and valid ones are checked slowly only until the first
// has replaced the hash.
func TestAuthenticateFlood(t *testing.T) {
	t.Parallel()
	const count = 100
	atOnce := max(1, runtime.GOMAXPROCS(0)/2)
	b := newFixture(KeyRecord{ID: 5, Prefix: "12345678", Hash: pbkdf2Hash(t, validKeyText)})
	if valid, invalid, throttled := b.flood(t, "12345678.wrong", count); valid != 0 || invalid < clientKeyBurst || invalid >= clientKeyBurst+atOnce {
		t.Errorf("%d wrong keys: %d valid, %d invalid, %d throttled; want %d invalid", count, valid, invalid, throttled, clientKeyBurst)
	}
	b = newFixture(KeyRecord{ID: 5, Prefix: "12345678", Hash: pbkdf2Hash(t, validKeyText)})
	if valid, _, _ := b.flood(t, validKeyText, count); valid != count || b.keys.rehashed >= count {
		t.Errorf("%d valid keys: %d valid, %d rehashes; want %d and few", count, valid, b.keys.rehashed, count)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	a := newFixture(KeyRecord{Prefix: "12345678", Hash: mustParseKey(b, validKeyText).Hash(), CourseIDs: []int64{1001}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.authenticate(b, validKeyText); err != nil {
			b.Fatal(err)
		}
	}
}

// OnFailure is called for every key that is rejected, and for no request without a key.
func TestOnFailure(t *testing.T) {
	t.Parallel()
	fx := newFixture()
	failures := map[string]int{}
	fx.OnFailure = func(err error) { failures[fmt.Sprintf("%T", err)]++ }
	for range 20 {
		if _, err := fx.Admit(t.Context(), "Api-Key unknown1.secret", "192.0.2.1"); err == nil {
			t.Fatal("an unknown key was admitted")
		}
	}
	for _, authorization := range []string{"", "Basic abc"} {
		if _, err := fx.Authenticate(t.Context(), authorization, "192.0.2.2"); err == nil {
			t.Fatalf("%q was accepted", authorization)
		}
	}
	if want := map[string]int{"*errors.errorString": clientKeyBurst + 1, "*access.ThrottledError": 20 - clientKeyBurst}; !maps.Equal(failures, want) {
		t.Errorf("failures %v, want %v", failures, want)
	}
}
