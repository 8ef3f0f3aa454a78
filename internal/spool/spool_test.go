package spool

import (
	"bytes"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"
)

// A result is what the reader of a spool got.
type result struct {
	data []byte
	err  error
}

// read reads a spool in another goroutine, after start is closed.
func read(s *Spool, start <-chan struct{}) <-chan result {
	done := make(chan result, 1)
	go func() {
		var got result
		got.err = s.Send(func(b []byte) error {
			<-start
			got.data = append(got.data, b...)
			return nil
		})
		done <- got
	}()
	return done
}

func random(t *testing.T, size int) []byte {
	t.Helper()
	data := make([]byte, size)
	source := rand.NewChaCha8([32]byte{1})
	if _, err := source.Read(data); err != nil {
		t.Fatal(err)
	}
	return data
}

func open(t *testing.T, p *Pool, owner any, maxBytes int64) *Spool {
	t.Helper()
	s, err := p.Open(owner, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// checkReleased checks that a pool has no bytes and no memory in use.
func checkReleased(t *testing.T, p *Pool) {
	t.Helper()
	if p.bytes != 0 || p.memory != 0 || len(p.byOwner) != 0 {
		t.Errorf("%d bytes, %d of them in memory, and %d owners are left, want none", p.bytes, p.memory, len(p.byOwner))
	}
}

// A reader gets all bytes in their order, whether it reads while they are written or after that, and
// whether they are in memory, in the file or in both. The writer never waits for the reader.
func TestOrder(t *testing.T) {
	t.Parallel()
	for name, memory := range map[string]int64{"memory": 8 << 20, "both": 3 * chunkSize, "file": 0} {
		for _, atOnce := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := NewPool(t.TempDir(), 16<<20, memory, slog.New(slog.DiscardHandler))
				s := open(t, p, "", 8<<20)
				want := random(t, 5_000_000)
				start := make(chan struct{})
				done := read(s, start)
				if atOnce {
					close(start)
				}
				for rest, n := want, 1; len(rest) > 0; n = min(len(rest), n*3+7) {
					n = min(n, len(rest))
					if _, err := s.Write(rest[:n]); err != nil {
						t.Fatal(err)
					}
					rest = rest[n:]
				}
				s.Close()
				if !atOnce {
					if p.Bytes() != int64(len(want)) || p.memory > memory {
						t.Errorf("%d bytes are reserved and %d in memory after Close, want %d and at most %d", p.Bytes(), p.memory, len(want), memory)
					}
					close(start)
				}
				if got := <-done; got.err != nil || !bytes.Equal(got.data, want) {
					t.Errorf("the reader got %d bytes and %v, want the %d bytes of the writer", len(got.data), got.err, len(want))
				}
				checkReleased(t, p)
			})
		}
	}
}

// After an error of the writer the reader gets the error, and not the rest.
func TestAbort(t *testing.T) {
	t.Parallel()
	p := NewPool(t.TempDir(), 16<<20, chunkSize, slog.New(slog.DiscardHandler))
	s := open(t, p, "", 8<<20)
	start, want := make(chan struct{}), errors.New("database gone")
	done := read(s, start)
	if _, err := s.Write(random(t, 4*chunkSize)); err != nil {
		t.Fatal(err)
	}
	s.Abort(want)
	close(start)
	if got := <-done; !errors.Is(got.err, want) || len(got.data) > chunkSize {
		t.Errorf("the reader got %d bytes and %v, want at most the first part and the error of the writer", len(got.data), got.err)
	}
	checkReleased(t, p)
}

// After an error of the reader the writer gets the error.
func TestReaderFails(t *testing.T) {
	t.Parallel()
	p := NewPool(t.TempDir(), 16<<20, 2*chunkSize, slog.New(slog.DiscardHandler))
	s := open(t, p, "", 8<<20)
	want, done := errors.New("client gone"), make(chan error, 1)
	go func() { done <- s.Send(func([]byte) error { return want }) }()
	data := random(t, 3*chunkSize)
	if _, err := s.Write(data); err != nil && !errors.Is(err, want) {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, want) {
		t.Errorf("Send = %v, want the error of the client", err)
	}
	if _, err := s.Write(data); !errors.Is(err, want) {
		t.Errorf("Write = %v after the reader failed, want its error", err)
	}
	s.Abort(want)
	checkReleased(t, p)
}

// A spool does not get more bytes than it reserved.
func TestMaxBytes(t *testing.T) {
	t.Parallel()
	p := NewPool(t.TempDir(), 1000, 1<<20, slog.New(slog.DiscardHandler))
	s := open(t, p, "", 1000)
	start := make(chan struct{})
	done := read(s, start)
	close(start)
	if _, err := s.Write(make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	_, err := s.Write([]byte{1})
	if err == nil {
		t.Error("Write of one byte too many succeeds, want an error")
	}
	s.Abort(err)
	<-done
	checkReleased(t, p)
}

// A pool refuses a spool that may need more bytes than are left, or that would give one owner more
// than a quarter of the pool. The bytes that a spool did not need are free when its writer ends, and the
// others when its reader ends.
func TestPoolIsBounded(t *testing.T) {
	t.Parallel()
	p := NewPool(t.TempDir(), 4000, 1<<20, slog.New(slog.DiscardHandler))
	first, start := open(t, p, "a", 1000), make(chan struct{})
	done := read(first, start)
	if _, err := p.Open("a", 1); !errors.Is(err, ErrFull) {
		t.Errorf("Open = %v for an owner of a quarter of the pool, want ErrFull", err)
	}
	second := open(t, p, "b", 3000) // a single spool can have more
	doneB := read(second, start)
	if _, err := p.Open("c", 1000); !errors.Is(err, ErrFull) {
		t.Errorf("Open = %v for a pool without bytes, want ErrFull", err)
	}
	if _, err := first.Write(make([]byte, 500)); err != nil {
		t.Fatal(err)
	}
	first.Close()
	third := open(t, p, "c", 500)
	doneC := read(third, start)
	close(start)
	second.Close()
	third.Close()
	<-done
	<-doneB
	<-doneC
	checkReleased(t, p)
}

// A fullDisk is a file on a full disk.
type fullDisk struct{ file }

func (fullDisk) WriteAt([]byte, int64) (int, error) { return 0, syscall.ENOSPC }

// The writer gets the error of a full disk.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	p := NewPool(t.TempDir(), 16<<20, chunkSize, slog.New(slog.DiscardHandler))
	create := p.create
	p.create = func() (file, error) {
		f, err := create()
		return fullDisk{f}, err
	}
	s := open(t, p, "", 8<<20)
	start := make(chan struct{})
	done := read(s, start)
	_, err := s.Write(random(t, 8*chunkSize))
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Write = %v, want ENOSPC", err)
	}
	s.Abort(err)
	close(start)
	if got := <-done; !errors.Is(got.err, syscall.ENOSPC) {
		t.Errorf("the reader got %v, want ENOSPC", got.err)
	}
	checkReleased(t, p)
}

// A brokenDisk is a file that cannot be read.
type brokenDisk struct{ file }

func (brokenDisk) ReadAt([]byte, int64) (int, error) { return 0, syscall.EIO }

// The reader learns that the disk, not the client, interrupted the data.
func TestDiskUnreadable(t *testing.T) {
	t.Parallel()
	p := NewPool(t.TempDir(), 16<<20, 0, slog.New(slog.DiscardHandler))
	create := p.create
	p.create = func() (file, error) {
		f, err := create()
		return brokenDisk{f}, err
	}
	b, err := p.Body("a", random(t, 2*chunkSize))
	if err != nil {
		t.Fatal(err)
	}
	err = b.Send(func([]byte) error { return nil })
	if !errors.Is(err, ErrUnreadable) || !errors.Is(err, syscall.EIO) {
		t.Errorf("Send = %v, want ErrUnreadable and EIO", err)
	}
	checkReleased(t, p)
}

// The file of a spool has no name.
func TestFileIsUnlinked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := NewPool(dir, 16<<20, 0, slog.New(slog.DiscardHandler))
	s, start := open(t, p, "", 8<<20), make(chan struct{})
	done := read(s, start)
	if _, err := s.Write([]byte("data")); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("the folder has %d files, %v, want none", len(files), err)
	}
	s.Close()
	close(start)
	if got := <-done; string(got.data) != "data" {
		t.Errorf("the reader got %q, want data", got.data)
	}
}

// A large body is not in memory beyond the pool, and its bytes are free after it is sent.
func TestBody(t *testing.T) {
	t.Parallel()
	p := NewPool(t.TempDir(), 16<<20, chunkSize, slog.New(slog.DiscardHandler))
	want := random(t, 3_000_000)
	for _, size := range []int{0, 1000, chunkSize, len(want)} {
		b, err := p.Body("a", want[:size/2], want[size/2:size])
		if err != nil || b.Size() != size {
			t.Fatalf("Body = %d bytes, %v, want %d", b.Size(), err, size)
		}
		if large := size > chunkSize; large != (p.Bytes() == int64(size)) && size > 0 || large && b.parts != nil {
			t.Errorf("%d bytes are reserved for a body of %d bytes", p.Bytes(), size)
		}
		var got []byte
		if err := b.Send(func(part []byte) error { got = append(got, part...); return nil }); err != nil || !bytes.Equal(got, want[:size]) {
			t.Errorf("Send = %d bytes and %v, want %d bytes", len(got), err, size)
		}
		checkReleased(t, p)
	}
	p.maxBytes = 2_000_000
	if _, err := p.Body("a", want); !errors.Is(err, ErrFull) {
		t.Errorf("Body = %v for a small pool, want ErrFull", err)
	}
	for size, want := range map[int64]error{2_000_000: nil, 2_000_001: ErrFull} {
		if err := p.Check("a", size); !errors.Is(err, want) || p.Bytes() != 0 {
			t.Errorf("Check of %d bytes = %v with %d bytes reserved, want %v and none", size, err, p.Bytes(), want)
		}
	}
	p = NewPool("/nowhere", 16<<20, chunkSize, slog.New(slog.DiscardHandler))
	if _, err := p.Body("a", want); !errors.Is(err, ErrFull) {
		t.Errorf("Body without a folder = %v, want ErrFull", err)
	}
	checkReleased(t, p)
	if b, err := (*Pool)(nil).Body("a", want); err != nil || b.spool != nil {
		t.Errorf("Body without a pool = %v, want a body in memory", err)
	}
}

// A reader that takes each part in time, but all of them too slowly, loses the response.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	for rate, want := range map[int]error{100 << 10: ErrSlow, 200 << 10: nil} {
		p := NewPool(t.TempDir(), 64<<20, chunkSize, slog.New(slog.DiscardHandler))
		now := time.Now()
		p.now = func() time.Time { return now }
		b, err := p.Body("a", make([]byte, 32<<20))
		if err != nil {
			t.Fatal(err)
		}
		err = b.Send(func(part []byte) error {
			now = now.Add(time.Duration(len(part)) * time.Second / time.Duration(rate))
			return nil
		})
		if !errors.Is(err, want) {
			t.Errorf("Send = %v at %d bytes per second, want %v", err, rate, want)
		}
		checkReleased(t, p)
	}
}
