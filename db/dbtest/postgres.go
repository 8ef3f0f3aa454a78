package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx"

	"github.com/momotor/resultgraph/db"
)

// A postgres is a PostgreSQL server on which tests create their databases.
type postgres struct {
	admin *url.URL // the address of a superuser
	// own is the server that this process started, or nil for the server at RESULTGRAPH_TEST_POSTGRES.
	own *Server

	migrated     sync.Once
	template     string // the name of a migrated database, once it is needed
	dropTemplate func()
	templateErr  error
}

// sharedPostgres is the server that sharedServer returned, or nil.
var sharedPostgres *postgres

// sharedServer returns the server at RESULTGRAPH_TEST_POSTGRES. If that is not set, the first call
// starts a server for this process.
var sharedServer = sync.OnceValues(func() (*postgres, error) {
	if location := os.Getenv("RESULTGRAPH_TEST_POSTGRES"); location != "" {
		u, err := url.Parse(location)
		sharedPostgres = &postgres{admin: u}
		return sharedPostgres, err
	}
	own, err := startServer()
	if err != nil {
		return nil, err
	}
	sharedPostgres = &postgres{admin: own.admin(), own: own}
	return sharedPostgres, nil
})

// stopServer stops the server if this process started it, and otherwise drops the template.
func stopServer() {
	switch {
	case sharedPostgres == nil:
	case sharedPostgres.own != nil:
		sharedPostgres.own.remove()
	case sharedPostgres.dropTemplate != nil:
		sharedPostgres.dropTemplate()
	}
}

// needServer is sharedServer for a test. The test is skipped if PostgreSQL is not installed, except in CI,
// and fails if PostgreSQL does not start.
func needServer(t testing.TB) *postgres {
	t.Helper()
	server, err := sharedServer()
	switch {
	case errors.Is(err, errNotInstalled) && os.Getenv("CI") != "true":
		missing.Store(true)
		t.Skipf("PostgreSQL is not available: %v; install Debian's package postgresql, or set RESULTGRAPH_TEST_POSTGRES", err)
	case err != nil:
		t.Fatalf("PostgreSQL is not available: %v", err)
	}
	return server
}

// createDatabase creates a copy of a database, to which nobody may be connected. Copying its files
// takes half the CPU time of PostgreSQL's default, which writes the copy to the log.
func (p *postgres) createDatabase(ctx context.Context, template string) (name string, drop func(), err error) {
	admin, err := sql.Open("pgx", p.admin.String())
	if err != nil {
		return "", nil, err
	}
	name = "resultgraph_test_" + rand.Text()[:12]
	if _, err := admin.ExecContext(ctx, `CREATE DATABASE "`+name+`" TEMPLATE "`+template+`" STRATEGY file_copy ENCODING 'UTF8'`); err != nil {
		admin.Close()
		return "", nil, err
	}
	return name, func() {
		admin.ExecContext(ctx, `DROP DATABASE IF EXISTS "`+name+`" WITH (FORCE)`)
		admin.Close()
	}, nil
}

// location returns the address of a database.
func (p *postgres) location(name string) string {
	u := *p.admin
	u.Path = "/" + name
	return u.String()
}

// migratedTemplate returns the name of an empty, migrated database, which the first call creates.
func (p *postgres) migratedTemplate() (string, error) {
	p.migrated.Do(func() {
		ctx := context.Background()
		if p.template, p.dropTemplate, p.templateErr = p.createDatabase(ctx, "template0"); p.templateErr == nil {
			p.templateErr = migrate(ctx, p.location(p.template))
		}
	})
	return p.template, p.templateErr
}

// migrate migrates the store at a location.
func migrate(ctx context.Context, location string) error {
	s, err := db.Open(ctx, location)
	if err != nil {
		return err
	}
	m, err := s.Migrator(slog.New(slog.DiscardHandler))
	if err == nil {
		_, err = m.Up(ctx)
	}
	return errors.Join(err, s.Close())
}
