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

// A server is a PostgreSQL server that tests make their databases on.
type server struct {
	admin *url.URL
	stop  func()
}

// cluster returns the server of RESULTGRAPH_TEST_POSTGRES or, without it, one of our
// own: started once a process, in a temporary folder, reached by a socket in there.
var cluster = sync.OnceValues(func() (*server, error) {
	if location := os.Getenv("RESULTGRAPH_TEST_POSTGRES"); location != "" {
		u, err := url.Parse(location)
		return &server{u, func() {}}, err
	}
	return start()
})

// started is the server to stop, if there is one.
var started *server

func stop() {
	if started != nil {
		started.stop()
	}
}

// create makes an empty database.
func (s *server) create(ctx context.Context) (location string, drop func(), err error) {
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

// start makes a cluster from the installed programs and starts it. PostgreSQL refuses
// to run as root, so root lends it another user.
func start() (*server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "resultgraph-pg-")
	if err != nil {
		return nil, err
	}
	as, err := lend(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	run := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-h", "",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off",
		"-c", "max_connections=500", "-c", "shared_buffers=64MB", "-c", "autovacuum=off")
	run.SysProcAttr, run.Dir = as, dir
	if err := startBound(run); err != nil {
		return nil, err
	}
	started = &server{
		admin: &url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: "host=" + url.QueryEscape(dir)},
		stop: func() {
			run.Process.Signal(syscall.SIGQUIT)
			run.Wait()
			os.RemoveAll(dir)
		},
	}
	return started, started.await()
}

// startBound starts a program that ends when this process ends, however it ends: the
// kernel signals it when the thread that started it is gone, so the thread must stay.
func startBound(cmd *exec.Cmd) error {
	errs := make(chan error)
	go func() {
		runtime.LockOSThread()
		cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
		errs <- cmd.Start()
		select {}
	}()
	return <-errs
}

// await waits until the server takes connections.
func (s *server) await() error {
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

// programs returns the folder of the newest installed server.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		return "", errors.New("no initdb in the PATH or in Debian's folder")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// lend gives dir to an ordinary user if we are root, and returns how to run as that user.
func lend(dir string) (*syscall.SysProcAttr, error) {
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
