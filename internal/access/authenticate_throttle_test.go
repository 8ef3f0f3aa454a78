package access

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A valid key with a fast hash is accepted whatever others did, and wrong keys are throttled.
func TestFastHashIsNeverThrottled(t *testing.T) {
	t.Parallel()
	b := newFixture(KeyRecord{Prefix: "12345678", Hash: mustParseKey(t, validKeyText).Hash()})
	for i := range addrBurst {
		_, _ = b.authenticate(t, "12345678.wrong")
		_, _ = b.authenticate(t, fmt.Sprintf("unknown%d.wrong", i))
	}
	var throttled *ThrottledError
	for _, text := range []string{"12345678.wrong", "unknown0.wrong", "newToYou.wrong"} {
		if _, err := b.authenticate(t, text); !errors.As(err, &throttled) {
			t.Errorf("Authenticate(%s) = %v after many failures, want a ThrottledError", text, err)
		}
	}
	if _, err := b.authenticate(t, validKeyText); err != nil {
		t.Errorf("Authenticate(valid key) = %v after many failures of others, want nil", err)
	}
}

// After too many failures a slow hash is not checked, not even for a valid key. Waiting is enough,
// and the first success ends the throttle for the key, because it replaces the hash.
func TestSlowHashIsThrottled(t *testing.T) {
	t.Parallel()
	b := newFixture(KeyRecord{Prefix: "12345678", Hash: pbkdf2Hash(t, validKeyText)})
	failOften := func() {
		for range clientKeyBurst {
			_, _ = b.authenticate(t, "12345678.wrong")
		}
	}
	failOften()
	release := occupySlowChecks(b.Authenticator) // a check would wait
	var throttled *ThrottledError
	if _, err := b.authenticate(t, validKeyText); !errors.As(err, &throttled) {
		t.Fatalf("Authenticate(valid key) = %v after %d failures, want a ThrottledError", err, clientKeyBurst)
	}
	release()
	b.clock.advance(throttled.RetryAfter)
	if _, err := b.authenticate(t, validKeyText); err != nil {
		t.Errorf("Authenticate(valid key) = %v after the wait, want nil", err)
	}
	failOften()
	if _, err := b.authenticate(t, validKeyText); err != nil {
		t.Errorf("Authenticate(valid key) = %v after it was rehashed, want nil", err)
	}
}

// Look-ups of a throttled address wait for each other, so that its flood of wrong keys occupies at
// most one connection to the database. They do not delay other addresses, throttled or not.
func TestThrottledAddressLooksUpOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(KeyRecord{Prefix: "12345678", Hash: mustParseKey(t, validKeyText).Hash()})
		const throttledToo, other = "192.0.2.8", "192.0.2.9"
		for range clientKeyBurst {
			b.Throttle.Fail("12345678", client)
			b.Throttle.Fail("12345678", throttledToo)
		}
		release := b.occupyLookups(t, client)
		var lookups int
		b.keys.onLookup = func() { lookups++ }
		outcomes := make(chan error, 100)
		for range cap(outcomes) {
			go func() {
				_, err := b.authenticate(t, "12345678.wrong")
				outcomes <- err
			}()
		}
		synctest.Wait()
		start := time.Now()
		for _, addr := range []string{throttledToo, other} {
			if _, err := b.Authenticate(t.Context(), "Api-Key "+validKeyText, addr); err != nil || time.Since(start) > 0 {
				t.Errorf("the valid key at %s = %v after %s, want it accepted at once", addr, err, time.Since(start))
			}
		}
		if lookups != 2 {
			t.Errorf("%d look-ups beside one of the throttled address, want only those of 2 other addresses", lookups)
		}
		for range cap(outcomes) {
			var throttled *ThrottledError
			if err := <-outcomes; !errors.As(err, &throttled) || time.Since(start) != maxLookupWait {
				t.Errorf("a guess = %v after %s, want a ThrottledError after %s", err, time.Since(start), maxLookupWait)
			}
		}
		release()
		if _, err := b.authenticate(t, validKeyText); err != nil || b.throttledLookups.Len() != 0 {
			t.Errorf("the valid key = %v with %d slots kept, want it accepted and none", err, b.throttledLookups.Len())
		}
	})
}

// occupyLookups takes the slot for look-ups of a throttled address, like a look-up that is running.
func (b *fixture) occupyLookups(tb testing.TB, addr string) (release func()) {
	tb.Helper()
	b.once.Do(b.init)
	release, err := b.throttledLookups.Acquire(tb.Context(), addr)
	if err != nil {
		tb.Fatal(err)
	}
	return release
}
