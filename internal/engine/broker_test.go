package engine_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/engine/enginetest"
)

// connect starts a broker and returns an engine that uses it. Call it in a synctest bubble, which
// does not wait in real time.
func connect(t *testing.T, c enginetest.Config) (*enginetest.Broker, *engine.Broker) {
	t.Helper()
	fake := enginetest.New(c)
	fake.Start()
	t.Cleanup(fake.Stop)
	return fake, client(t, fake, "secret")
}

func client(t *testing.T, fake *enginetest.Broker, secret string) *engine.Broker {
	t.Helper()
	e, err := engine.NewBroker(engine.BrokerConfig{
		Address: "grpc://broker.test", Key: "testkey", Secret: secret, Dir: t.TempDir(), Dial: fake.Dial,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func asset(f engine.Format, content string) engine.Asset {
	return engine.Asset{
		Name: "a bundle", Format: f, Size: int64(len(content)),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

func newSubmission() engine.Submission {
	return engine.Submission{
		Recipe:        asset(engine.XML, "<recipe>"+strings.Repeat(" ", 300)+"</recipe>"),
		Config:        asset(engine.XML, "<config/>"),
		Product:       asset(engine.ZIP, "PK"+strings.Repeat("\x00", 1000)),
		MaxResultSize: 1 << 20,
	}
}

// resultXML is the default result of the broker.
func resultXML(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("enginetest", "testdata", "result.xml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// text reads results to the end and closes them.
func text(t *testing.T, r *engine.Results) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Error(err)
	}
	return string(b)
}

// wantClean fails the test if the broker has jobs left, or has started a job twice.
func wantClean(t *testing.T, fake *enginetest.Broker) {
	t.Helper()
	if c := fake.Counts(); c.Jobs != 0 || c.Assets != 0 || c.DoubleStarts != 0 {
		t.Errorf("the broker counts %+v, want no jobs, no assets, no double starts", c)
	}
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	zip := "PK\x03\x04" + strings.Repeat("0123456789", 100)
	tests := map[string]struct {
		conf   enginetest.Config
		want   string
		format engine.Format
	}{
		"many chunks": {enginetest.Config{ChunkSize: 7}, resultXML(t), engine.XML},
		"one chunk":   {enginetest.Config{}, resultXML(t), engine.XML},
		"sha1":        {enginetest.Config{HashFuncs: []uint64{0x11}}, resultXML(t), engine.XML},
		"sha2-512":    {enginetest.Config{HashFuncs: []uint64{0x13}}, resultXML(t), engine.XML},
		"sha3-512":    {enginetest.Config{HashFuncs: []uint64{0x14, 0x12}}, resultXML(t), engine.XML},
		"identity":    {enginetest.Config{MaxIDHashLen: 4000}, resultXML(t), engine.XML},
		"a zip":       {enginetest.Config{Results: func(_, _, _ []byte) []byte { return []byte(zip) }}, zip, engine.ZIP},
		"nothing":     {enginetest.Config{Results: func(_, _, _ []byte) []byte { return nil }}, "", engine.XML},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tt.conf.Steps = 3
				fake, e := connect(t, tt.conf)
				var seen []engine.Progress
				r, err := e.Evaluate(t.Context(), newSubmission(), func(p engine.Progress) { seen = append(seen, p) })
				if err != nil {
					t.Fatal(err)
				}
				if got := text(t, r); got != tt.want || r.Format != tt.format {
					t.Errorf("Evaluate = %s %q, want %s %q", r.Format, got, tt.format, tt.want)
				}
				if first, last := seen[0], seen[len(seen)-1]; first != (engine.Progress{JobID: "job-1"}) || last != (engine.Progress{State: engine.Processing, Done: 3, Total: 3, JobID: "job-1"}) {
					t.Errorf("progress = %+v, want from queued to all tasks done", seen)
				}
				wantClean(t, fake)
			})
		})
	}
}

// TestEvaluateSends asserts that the broker receives the assets of the submission.
func TestEvaluateSends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sub := newSubmission()
		sub.Config = engine.Asset{}
		fake, e := connect(t, enginetest.Config{Steps: 1, ChunkSize: 100, Results: func(recipe, config, product []byte) []byte {
			return bytes.Join([][]byte{recipe, config, product}, []byte("|"))
		}})
		r, err := e.Evaluate(t.Context(), sub, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := "<recipe>" + strings.Repeat(" ", 300) + "</recipe>||PK" + strings.Repeat("\x00", 1000)
		if got := text(t, r); got != want {
			t.Errorf("the broker received %q, want %q", got, want)
		}
		if c := fake.Counts(); c.Uploads != 2 {
			t.Errorf("%d uploads, want 2", c.Uploads)
		}
	})
}

// TestEvaluateConcurrently runs many jobs of two instances at once: they share assets but not results,
// and each has one stream.
func TestEvaluateConcurrently(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, first := connect(t, enginetest.Config{Steps: 100, Results: func(_, _, product []byte) []byte { return product }})
		second := client(t, fake, "secret")
		var all sync.WaitGroup
		for i := range 20 {
			e := []*engine.Broker{first, second}[i%2]
			all.Go(func() {
				sub := newSubmission()
				want := strings.Repeat("x", 1+i/2)
				sub.Product = asset(engine.XML, want)
				r, err := e.Evaluate(t.Context(), sub, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if got := text(t, r); got != want {
					t.Errorf("Evaluate = %q, want %q", got, want)
				}
			})
		}
		all.Wait()
		wantClean(t, fake)
		if c := fake.Counts(); c.Created != 20 || c.Ended != 20 || c.Logins != 2 || c.Streams > 6 {
			t.Errorf("the broker counts %+v, want 20 jobs, 2 logins and few streams", c)
		}
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, e := connect(t, enginetest.Config{Steps: 1})
		if info, err := e.Check(t.Context()); err != nil || info.Version != "fake" {
			t.Errorf("Check = %+v, %v, want version fake", info, err)
		}
		unauthorized, err := engine.NewBroker(engine.BrokerConfig{Address: "grpc://broker.test", Key: "testkey", Secret: "wrong", Dir: t.TempDir(), Dial: fake.Dial})
		if err != nil {
			t.Fatal(err)
		}
		defer unauthorized.Close()
		if _, err := unauthorized.Check(t.Context()); !errors.Is(err, engine.ErrUnavailable) || !strings.Contains(err.Error(), "rejects the API key") {
			t.Errorf("Check with a wrong secret = %v", err)
		}
		fake.Stop()
		if _, err := e.Check(t.Context()); !errors.Is(err, engine.ErrUnavailable) {
			t.Errorf("Check of a stopped broker = %v, want %v", err, engine.ErrUnavailable)
		}
		if _, err := e.Evaluate(t.Context(), newSubmission(), nil); !errors.Is(err, engine.ErrUnavailable) {
			t.Errorf("Evaluate with a stopped broker = %v, want %v", err, engine.ErrUnavailable)
		}
		fake.Start()
		time.Sleep(time.Minute) // in the synctest bubble
		r, err := e.Evaluate(t.Context(), newSubmission(), nil)
		if err != nil {
			t.Fatalf("Evaluate after the broker was started again = %v", err)
		}
		text(t, r)
		wantClean(t, fake)
	})
}

// TestWrongSecret asserts that a wrong secret is ErrUnavailable, and that no error contains it.
func TestWrongSecret(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := enginetest.New(enginetest.Config{})
		fake.Start()
		t.Cleanup(fake.Stop)
		_, err := client(t, fake, "a wrong secret").Evaluate(t.Context(), newSubmission(), nil)
		if !errors.Is(err, engine.ErrUnavailable) || !strings.Contains(err.Error(), "API key") {
			t.Errorf("Evaluate = %v, want %v because of the key", err, engine.ErrUnavailable)
		}
		if strings.Contains(err.Error(), "testkey") || strings.Contains(err.Error(), "a wrong secret") {
			t.Errorf("Evaluate = %v, which contains the key", err)
		}
	})
}

// TestTLS evaluates over an encrypted network connection.
func TestTLS(t *testing.T) {
	t.Parallel()
	https := httptest.NewTLSServer(nil) // for its certificate
	defer https.Close()
	fake := enginetest.New(enginetest.Config{Steps: 1, Tick: time.Millisecond, TLS: https.TLS.Clone()})
	address, err := fake.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Stop()
	roots := x509.NewCertPool()
	roots.AddCert(https.Certificate())
	for name, tt := range map[string]struct {
		conf engine.BrokerConfig
		ok   bool
	}{
		"trusted authority": {engine.BrokerConfig{Address: "grpcs://" + address, Roots: roots}, true},
		"unknown authority": {engine.BrokerConfig{Address: "grpcs://" + address, Roots: x509.NewCertPool()}, false},
		"no TLS":            {engine.BrokerConfig{Address: "grpc://" + address}, false},
	} {
		tt.conf.Key, tt.conf.Secret, tt.conf.Dir = "testkey", "secret", t.TempDir()
		e, err := engine.NewBroker(tt.conf)
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.Evaluate(t.Context(), newSubmission(), nil)
		if tt.ok != (err == nil) || err != nil && !errors.Is(err, engine.ErrUnavailable) {
			t.Errorf("%s: Evaluate = %v, want success: %v", name, err, tt.ok)
		}
		if err == nil {
			text(t, r)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	wantClean(t, fake)
}

func TestNewBrokerRejects(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "broker:50051", "http://broker", "grpc://", "grpc://u:hush@broker", "grpc://broker/x", "grpcs://broker?x", "grpc://bro ker:1"} {
		_, err := engine.NewBroker(engine.BrokerConfig{Address: address, Key: "k", Secret: "s"})
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("NewBroker(%q) = %v, want an error without secrets", address, err)
		}
	}
	if _, err := engine.NewBroker(engine.BrokerConfig{Address: "grpc://broker"}); err == nil {
		t.Error("NewBroker without a key = nil, want an error")
	}
}
