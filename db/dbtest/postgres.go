package dbtest

import (
	"context"
	"crypto/rand"
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
	"sync"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx"
)

// A server is a PostgreSQL server on which tests create their databases.
type server struct {
	admin *url.URL // the address of a superuser
	stop  func()
}

// postgresServer returns the server at RESULTGRAPH_TEST_POSTGRES. If that is not set, the first call
// starts a server for this process, with its data and its socket in a temporary folder.
var postgresServer = sync.OnceValues(func() (*server, error) {
	if location := os.Getenv("RESULTGRAPH_TEST_POSTGRES"); location != "" {
		u, err := url.Parse(location)
		return &server{u, func() {}}, err
	}
	return startServer()
})

// ownServer is the server that startServer started, or nil.
var ownServer *server

// stopServer stops ownServer.
func stopServer() {
	if ownServer != nil {
		ownServer.stop()
	}
}

// createDatabase creates an empty database.
func (s *server) createDatabase(ctx context.Context) (location string, drop func(), err error) {
	admin, err := sql.Open("pgx", s.admin.String())
	if err != nil {
		return "", nil, err
	}
	name := "resultgraph_test_" + rand.Text()[:12]
	if _, err := admin.ExecContext(ctx, `CREATE DATABASE "`+name+`" TEMPLATE template0 ENCODING 'UTF8'`); err != nil {
		admin.Close()
		return "", nil, err
	}
	u := *s.admin
	u.Path = "/" + name
	return u.String(), func() {
		admin.ExecContext(ctx, `DROP DATABASE IF EXISTS "`+name+`" WITH (FORCE)`)
		admin.Close()
	}, nil
}

// startServer initializes and starts a server with the installed programs of PostgreSQL.
func startServer() (*server, error) {
	bin, err := findPrograms()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "resultgraph-pg-")
	if err != nil {
		return nil, err
	}
	attr, err := unprivilegedAttributes(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	postgres := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-h", "",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off",
		"-c", "max_connections=500", "-c", "shared_buffers=64MB", "-c", "autovacuum=off")
	postgres.SysProcAttr, postgres.Dir = attr, dir
	if err := startChild(postgres); err != nil {
		return nil, err
	}
	ownServer = &server{
		admin: &url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: "host=" + url.QueryEscape(dir)},
		stop: func() {
			postgres.Process.Signal(syscall.SIGQUIT)
			postgres.Wait()
			os.RemoveAll(dir)
		},
	}
	return ownServer, ownServer.waitUntilReady()
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

// waitUntilReady waits until the server accepts connections.
func (s *server) waitUntilReady() error {
	admin, err := sql.Open("pgx", s.admin.String())
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

// findPrograms returns the folder with the programs of the newest installed PostgreSQL.
func findPrograms() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		return "", errors.New("find PostgreSQL: initdb is neither in the PATH nor in /usr/lib/postgresql")
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
