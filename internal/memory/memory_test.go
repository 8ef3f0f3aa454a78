package memory

import (
	"io"
	"log/slog"
	"math"
	"runtime/debug"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// Variables of the environment take precedence. The settings are global to the process, so
// this test is not parallel.
func TestConfigure(t *testing.T) {
	gc, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
	defer func() {
		debug.SetGCPercent(gc)
		debug.SetMemoryLimit(limit)
	}()
	for _, tt := range []struct {
		env     map[string]string
		gc      int
		limited bool
	}{
		{nil, gcPercent, true},
		{map[string]string{"GOGC": "70"}, 100, true},
		{map[string]string{"GOMEMLIMIT": "1GiB"}, gcPercent, false},
		{map[string]string{"GOGC": "off", "GOMEMLIMIT": "off"}, 100, false},
	} {
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(math.MaxInt64)
		Configure(func(name string) string { return tt.env[name] }, slog.New(slog.NewTextHandler(io.Discard, nil)))
		if got := debug.SetGCPercent(100); got != tt.gc {
			t.Errorf("with %v: GOGC = %d, want %d", tt.env, got, tt.gc)
		}
		if got := debug.SetMemoryLimit(-1); (got < math.MaxInt64) != tt.limited {
			t.Errorf("with %v: GOMEMLIMIT = %d, want a limit: %t", tt.env, got, tt.limited)
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	none := func(err error) memlimit.Provider { return func() (uint64, error) { return 0, err } }
	for _, tt := range []struct {
		name              string
		container, system memlimit.Provider
		want              uint64
	}{
		{"a container", memlimit.Limit(1000), memlimit.Limit(8000), 900},
		{"a container without a limit", none(memlimit.ErrNoLimit), memlimit.Limit(8000), 4000},
		{"no container", none(memlimit.ErrNoCgroup), memlimit.Limit(8000), 4000},
	} {
		if got, err := memoryLimit(tt.container, tt.system); got != tt.want || err != nil {
			t.Errorf("%s: memoryLimit = %d, %v, want %d", tt.name, got, err, tt.want)
		}
	}
	if _, err := memoryLimit(none(memlimit.ErrNoCgroup), none(memlimit.ErrNoLimit)); err == nil {
		t.Error("memoryLimit without providers has no error")
	}
}
