package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// A Server is a PostgreSQL server of this process, with its data and its socket in a temporary folder.
type Server struct {
	bin, dir string // the folder of PostgreSQL's programs, and the temporary folder
	attr     *syscall.SysProcAttr
	cmd      *exec.Cmd
}

// StartServer starts a server of its own for a test that stops or freezes it. The test is skipped if
// PostgreSQL is not installed, or fails in CI. The server ends with the test.
func StartServer(t testing.TB) *Server {
	t.Helper()
	needServer(t)
	s, err := startServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.remove)
	return s
}

// startServer initializes and starts a server with the installed programs of PostgreSQL.
func startServer() (*Server, error) {
	bin, err := findPrograms()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "resultgraph-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir}
	if err = s.initialize(); err == nil {
		err = s.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// initialize creates the data of the server.
func (s *Server) initialize() (err error) {
	if s.attr, err = unprivilegedAttributes(s.dir); err != nil {
		return err
	}
	// Text sorts as in a dictionary by default, as on most servers, so that tests notice an order
	// that depends on it.
	initdb := s.command("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
		"--locale-provider=icu", "--icu-locale=en-US", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// command returns a call of a program of PostgreSQL for the server's data.
func (s *Server) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, program), append([]string{"-D", filepath.Join(s.dir, "data")}, args...)...)
	attr := *s.attr
	cmd.SysProcAttr, cmd.Dir = &attr, s.dir
	return cmd
}

// Start starts the server, and returns when it accepts connections.
func (s *Server) Start() error {
	s.cmd = s.command("postgres", "-k", s.dir, "-h", "",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off",
		"-c", "max_connections=500", "-c", "shared_buffers=64MB", "-c", "autovacuum=off")
	if err := startChild(s.cmd); err != nil {
		return err
	}
	if err := s.waitUntilReady(); err != nil {
		s.Stop()
		return err
	}
	return nil
}

// Stop ends the server and all its connections at once. Start starts it again with its data.
func (s *Server) Stop() {
	_ = s.cmd.Process.Signal(syscall.SIGQUIT)
	_ = s.cmd.Wait()
}

// PID returns the id of the server's main process, whose children serve the connections.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Location returns the address of the database “postgres”, for a superuser.
func (s *Server) Location() string { return s.admin().String() }

func (s *Server) admin() *url.URL {
	return &url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: "host=" + url.QueryEscape(s.dir)}
}

// remove stops the server and deletes its data.
func (s *Server) remove() {
	s.Stop()
	os.RemoveAll(s.dir)
}

// waitUntilReady waits until the server accepts connections.
func (s *Server) waitUntilReady() error {
	admin, err := sql.Open("pgx", s.Location())
	if err != nil {
		return err
	}
	defer admin.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = admin.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server does not start: %w", err)
		case <-tick.C:
		}
	}
}

// startChild starts a program that ends when this process ends, even if this process is killed. The
// kernel sends Pdeathsig when the thread that started the program ends, so the goroutine
// locks the thread and never ends.
func startChild(cmd *exec.Cmd) error {
	errs := make(chan error)
	go func() {
		runtime.LockOSThread()
		cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
		errs <- cmd.Start()
		select {}
	}()
	return <-errs
}

// errNotInstalled is the error of findPrograms if there is no PostgreSQL.
var errNotInstalled = errors.New("find PostgreSQL: initdb is neither in the PATH nor in /usr/lib/postgresql")

// findPrograms returns the folder with the programs of the newest installed PostgreSQL.
func findPrograms() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		return "", errNotInstalled
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivilegedAttributes returns the attributes to run PostgreSQL, which does not run as root. If
// this process runs as root, they select another user, who becomes the owner of dir.
func unprivilegedAttributes(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{}
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, errors.Join(os.Chown(dir, uid, gid), os.Chmod(dir, 0o755))
}
