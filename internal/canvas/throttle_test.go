package canvas_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// TestThrottled asserts that the client waits for the rate limit, in both of its forms, and
// distinguishes it from a missing permission. It repeats throttled writes, which Canvas has not
// executed.
func TestThrottled(t *testing.T) {
	t.Parallel()
	for _, mode := range []canvastest.ThrottleMode{canvastest.Plain403, canvastest.Plain429} {
		sc := newFixture(t)
		sc.SetThrottleMode(mode)
		sc.SetRemainingQuota(0)
		_, err := sc.Course(t.Context(), sc.course)
		must(t, err)
		// A request needs 50 units, and 10 leak per second.
		if slept := sc.clock.Slept(); slept < 5*time.Second || slept > 30*time.Second {
			t.Errorf("mode %d: waited %v for an empty bucket, want some seconds", mode, slept)
		}
		sc.SetRemainingQuota(0)
		sc.upload(t, nil, sc.assignment, map[canvas.ID]canvas.Grade{sc.students[0]: {Posted: "1", Comment: "Once"}})
		if got := sc.Grade(int64(sc.students[0]), int64(sc.assignment)).Comments; len(got) != 1 {
			t.Errorf("mode %d: the student has %d comments, want 1", mode, len(got))
		}
		var statuses []int
		for _, r := range sc.Requests("update_grades") {
			statuses = append(statuses, r.Status)
		}
		if want := map[canvastest.ThrottleMode]int{canvastest.Plain403: 403, canvastest.Plain429: 429}[mode]; len(statuses) != 2 || statuses[0] != want || statuses[1] != 200 {
			t.Errorf("mode %d: update_grades has the statuses %v, want %d and 200", mode, statuses, want)
		}
	}
}

// TestThrottledByHeader asserts that the remaining quota identifies a throttled request even if a
// proxy changes the body.
func TestThrottledByHeader(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		remaining, body string
		want            error
	}{
		{"0.0", "", canvas.ErrThrottled},
		{"0.0", "<html>Forbidden", canvas.ErrThrottled},
		{"-12.5", "<html>Forbidden", canvas.ErrThrottled},
		{"", "403 Forbidden (Rate Limit Exceeded)\n", canvas.ErrThrottled},
		{"0.1", "<html>Forbidden", canvas.ErrForbidden},
		{"", "<html>Forbidden", canvas.ErrForbidden},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Rate-Limit-Remaining", c.remaining)
			http.Error(w, c.body, http.StatusForbidden)
		}))
		t.Cleanup(server.Close)
		base, err := url.Parse(server.URL)
		must(t, err)
		clock := canvastest.NewClock(noon)
		_, err = canvas.New(base, canvastest.FixedToken("x"), canvas.WithClock(clock.Now, clock.Sleep)).Course(t.Context(), 1)
		wantKind(t, "Course with "+c.remaining+" left and "+c.body, err, c.want)
	}
}

// TestThrottledUntilError asserts that the client gives up after some attempts.
func TestThrottledUntilError(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	sc.SetRemainingQuota(0)
	clientClock := canvastest.NewClock(noon) // advances only for the client
	_, err := sc.client(t, canvas.WithClock(clientClock.Now, clientClock.Sleep)).Course(t.Context(), sc.course)
	wantKind(t, "Course", err, canvas.ErrThrottled)
	if n := len(sc.Requests()); n != 8 {
		t.Errorf("%d requests, want 8", n)
	}
	if slept := clientClock.Slept(); slept < 5*time.Minute || slept > 7*time.Minute {
		t.Errorf("waited %v, want 5 to 7 minutes in total", slept)
	}
}

// TestSlowsDown asserts that a client slows down before the rate limit rejects its requests.
func TestSlowsDown(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	sc.SetRequestCost(30)
	for range 60 {
		_, err := sc.Course(t.Context(), sc.course)
		must(t, err)
	}
	for i, r := range sc.Requests() {
		if r.Status != http.StatusOK {
			t.Fatalf("request %d has status %d", i, r.Status)
		}
	}
	// 60 requests cost 1800 units, and the client slows down at 450.
	if slept := sc.clock.Slept(); slept < 130*time.Second || slept > 140*time.Second {
		t.Errorf("waited %v, want the time in which 1350 units leak", slept)
	}
}

// TestCancelledWaits asserts that calls that are cancelled while they wait for the rate limit do not
// keep their slots.
func TestCancelledWaits(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	cancelled := true
	client := sc.client(t, canvas.WithClock(sc.clock.Now, func(ctx context.Context, d time.Duration) error {
		if cancelled {
			return context.Canceled
		}
		return sc.clock.Sleep(ctx, d)
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	sc.SetRemainingQuota(100) // after the first call the others wait
	_, err := client.Course(ctx, sc.course)
	must(t, err)
	for range 8 { // twice the number of slots
		if _, err := client.Course(ctx, sc.course); !errors.Is(err, context.Canceled) {
			t.Fatalf("Course = %v, want %v", err, context.Canceled)
		}
	}
	cancelled = false
	_, err = client.Course(ctx, sc.course)
	must(t, err)
}

// TestParallel asserts that a client sends at most four requests at once.
func TestParallel(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	release := sc.BlockRequests()
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			if _, err := sc.Course(t.Context(), sc.course); err != nil {
				t.Errorf("Course: %v", err)
			}
		})
	}
	waitUntil(t, func() bool { return sc.ActiveRequests() == 4 })
	release()
	all.Wait()
	if got := sc.MaxConcurrentRequests(); got != 4 {
		t.Errorf("%d requests at once, want 4", got)
	}
}
