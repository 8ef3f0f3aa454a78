// Package db stores accounts, courses, people, assignments, results, bundles and API keys in
// SQLite or PostgreSQL. Reads along the edges of the graph take a query.Scope and return only rows
// that the caller may see. Other methods are for imports, jobs and operators, and see all rows.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/filelock"

	_ "modernc.org/sqlite" // the database/sql driver "sqlite"
)

// A Store is an open database. It is safe for concurrent use.
type Store struct {
	db *query.DB
	// location is the address of a PostgreSQL store, for additional pools; "" for SQLite.
	location string
	// lockFile is locked while a SQLite store is opened or migrated; "" for PostgreSQL.
	lockFile string
}

func newStore(db *bun.DB, location, lockFile string) *Store {
	return &Store{query.New(db), location, lockFile}
}

// Open opens the database at location, which is postgres://… (or postgresql://…) or sqlite:PATH.
// It creates a missing SQLite file; a PostgreSQL server must respond. Open does not check the
// schema: see Migrator.Check.
func Open(ctx context.Context, location string) (*Store, error) {
	scheme, rest, _ := strings.Cut(location, ":")
	var s *Store
	var err error
	switch scheme {
	case "postgres", "postgresql":
		s, err = openPostgres(location)
	case "sqlite":
		s, err = openSQLite(rest)
	default:
		return nil, errors.New("the database must be postgres://… or sqlite:PATH")
	}
	if err != nil {
		return nil, err
	}
	if err := s.connect(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("the database can not be reached: %s", unreachableReason(err))
	}
	return s, nil
}

// connect opens the first connection. On SQLite it takes the lock of migrations, because the first
// connection ever switches the file to WAL mode, and SQLite does not wait for another process that does
// the same.
func (s *Store) connect(ctx context.Context) error {
	if s.lockFile != "" {
		unlock, err := filelock.Lock(s.lockFile, filelock.Exclusive)
		if err != nil {
			return err
		}
		defer unlock()
	}
	return s.db.PingContext(ctx)
}

// openPostgres opens a PostgreSQL database. It uses the simple protocol, because bun inserts the
// arguments into the SQL, so that prepared statements would never be reused.
func openPostgres(location string) (*Store, error) {
	conf, err := pgx.ParseConfig(location)
	if err != nil {
		return nil, errors.New("the database address is not valid: it must look like postgres://USER:PASSWORD@HOST:PORT/DATABASE")
	}
	conf.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conf.RuntimeParams["timezone"] = "UTC"
	if conf.RuntimeParams["application_name"] == "" {
		conf.RuntimeParams["application_name"] = "resultgraph"
	}
	pool := stdlib.OpenDB(*conf, stdlib.OptionAfterConnect(prepareConn))
	conns := max(8, 4*runtime.NumCPU())
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return newStore(bun.NewDB(pool, pgdialect.New()), location, ""), nil
}

// prepareConn sets the parameters of a connection. Prepared statements use generic plans, because
// planning with the values takes longer than most statements run. PostgreSQL's default cost of a
// random read assumes rotating disks: PostgreSQL then scans small tables instead of using their
// indexes. prepareConn lowers it unless the operator has set another value.
func prepareConn(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SET plan_cache_mode = force_generic_plan;
		SELECT set_config('random_page_cost', '1.1', false) FROM pg_settings WHERE name = 'random_page_cost' AND source = 'default'`)
	return err
}

// openSQLite opens a file in WAL mode, so that readers never wait for a writer. Every commit is
// synced, so that acknowledged changes survive a power failure.
func openSQLite(path string) (*Store, error) {
	path = strings.TrimPrefix(path, "//")
	if path == "" {
		return nil, errors.New("the database is sqlite:PATH, and the path is missing")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of the database: %w", err)
	}
	// Create the file here, because SQLite would create one that all users can read.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	file.Close()
	pragmas := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"cache_size(-16384)", "mmap_size(268435456)", "temp_store(MEMORY)",
	}, "_txlock": {"immediate"}}
	pool, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(sqliteConns())
	pool.SetMaxIdleConns(sqliteConns())
	return newStore(bun.NewDB(pool, sqlitedialect.New()), "", path+".lock"), nil
}

func sqliteConns() int { return max(4, 2*runtime.NumCPU()) }

// Close closes all connections.
func (s *Store) Close() error { return s.db.Close() }

// Ping fails with fault.Unavailable when the database does not answer.
func (s *Store) Ping(ctx context.Context) error { return query.WrapError(s.db.PingContext(ctx)) }

// Stats returns statistics of the pool of connections.
func (s *Store) Stats() sql.DBStats { return s.db.Stats() }

// WithQueryHook returns the same store with a hook that runs around every statement.
func (s *Store) WithQueryHook(hook bun.QueryHook) *Store {
	return &Store{s.db.WithQueryHook(hook), s.location, s.lockFile}
}

// DB returns the database for reads along edges, and for the packages that write to the store.
func (s *Store) DB() *query.DB { return s.db }

// SQL returns the pool of connections, for libraries with their own statements.
func (s *Store) SQL() *sql.DB { return s.db.DB.DB }

// NewPgxPool opens an additional pool of connections to a PostgreSQL store, for libraries that
// need pgx. It fails on a SQLite store.
func (s *Store) NewPgxPool(ctx context.Context, maxConns int32) (*pgxpool.Pool, error) {
	if !query.IsPostgres(s.db) {
		return nil, errors.New("open a pgx pool: the store is not a PostgreSQL database")
	}
	conf, err := pgxpool.ParseConfig(s.location)
	if err != nil {
		return nil, err
	}
	conf.MaxConns = maxConns
	return pgxpool.NewWithConfig(ctx, conf)
}

// IsPostgres reports whether the store is a PostgreSQL database. Otherwise it is SQLite.
func (s *Store) IsPostgres() bool { return query.IsPostgres(s.db) }

// InTx runs f once in a transaction, which is rolled back when f fails.
func (s *Store) InTx(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	return query.WrapError(s.db.RunInTx(ctx, nil, f))
}
