package check

import (
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/engine/enginetest"
)

// An engine that does not answer or rejects the login is a failure; without one results stay queued.
func TestEngine(t *testing.T) {
	t.Parallel()
	fake := enginetest.New(enginetest.Config{})
	address, err := fake.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Stop()
	for name, test := range map[string]struct {
		address, secret string
		state           State
	}{
		"accepts":     {address, "secret", OK},
		"rejects":     {address, "wrong-secret", Failed},
		"unreachable": {"127.0.0.1:1", "secret", Failed},
	} {
		e, err := engine.NewBroker(engine.BrokerConfig{Address: "grpc://" + test.address, Key: "testkey", Secret: test.secret})
		if err != nil {
			t.Fatal(err)
		}
		if f := Engine(t.Context(), e); f.State != test.state || strings.Contains(f.Found, test.secret+"-") {
			t.Errorf("%s: %+v, want %s", name, f, test.state)
		}
		e.Close()
	}
	if f := Engine(t.Context(), nil); f.State != Warning {
		t.Errorf("no engine: %+v, want a warning", f)
	}
}

func TestDatabaseClock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		if f, err := DatabaseClock(t.Context(), store, time.Now); err != nil || f.State != OK {
			t.Errorf("DatabaseClock = %+v, %v, want ok", f, err)
		}
		behind := func() time.Time { return time.Now().Add(-time.Hour) }
		if f, err := DatabaseClock(t.Context(), store, behind); err != nil || store.IsPostgres() && f.State != Failed {
			t.Errorf("DatabaseClock of a clock an hour behind = %+v, %v, want a failure on PostgreSQL", f, err)
		}
	})
}

// A difference counts only as far as it exceeds the precision of the measurement.
func TestClockFinding(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		skew, precision time.Duration
		want            State
	}{
		{0, 0, OK}, {5 * time.Second, 0, OK}, {-6 * time.Second, 0, Warning}, {6 * time.Second, 2 * time.Second, OK},
		{61 * time.Second, 0, Failed}, {-time.Hour, time.Second, Failed}, {61 * time.Second, 2 * time.Second, Warning},
	} {
		if f := clockFinding("there", test.skew, test.precision); f.State != test.want {
			t.Errorf("clockFinding(%s, %s) = %+v, want %s", test.skew, test.precision, f, test.want)
		}
	}
}

func TestDisk(t *testing.T) {
	t.Parallel()
	if f := Disk("data", t.TempDir()); !strings.Contains(f.Found, "free") {
		t.Errorf("Disk = %+v", f)
	}
	if f := Disk("data", "/nonexistent"); f.State != Failed {
		t.Errorf("Disk of a folder that does not exist = %+v, want a failure", f)
	}
	for _, test := range []struct {
		space, files uint64
		limitsFiles  bool
		want         State
	}{
		{1 << 40, 1 << 20, true, OK}, {1 << 40, 0, false, OK}, {1 << 30, 1 << 20, true, Warning},
		{1 << 20, 1 << 20, true, Failed}, {1 << 40, 5000, true, Warning}, {1 << 40, 5, true, Failed},
	} {
		if f := diskFinding("/data", test.space, test.files, test.limitsFiles); f.State != test.want {
			t.Errorf("diskFinding(%d, %d, %t) = %+v, want %s", test.space, test.files, test.limitsFiles, f, test.want)
		}
	}
}

func TestSizeText(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 3 << 29: "1.5 GiB", 1 << 62: "4.0 EiB"} {
		if got := SizeText(bytes); got != want {
			t.Errorf("SizeText(%d) = %q, want %q", bytes, got, want)
		}
	}
}
