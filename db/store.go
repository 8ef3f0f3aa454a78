// Package db stores accounts, courses, people, assignments, results, bundles and API keys in
// SQLite or PostgreSQL. Reads along the edges of the graph take a query.Scope and return only rows
// that the caller may see. Other methods are for imports, jobs and operators, and see all rows.
package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"golang.org/x/sync/singleflight"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/filelock"
	"github.com/momotor/resultgraph/internal/lru"
)

// A Store is an open database. It is safe for concurrent use.
type Store struct {
	db *query.DB
	// control is a small pool for the look-ups of authentication, which must work while operations use
	// all connections of db. It does not write, so it never waits for a lock.
	control *query.DB
	// ping is a pool of one connection for Ping.
	ping  *bun.DB
	pings *singleflight.Group
	ids   *idBlock
	// keyRows are the latest rows of API keys by their prefixes: see readKey.
	keyRows *lru.Cache[string, keyRow]
	// location is the address of a PostgreSQL store, for additional pools; "" for SQLite.
	location string
	// lockFile is locked while a SQLite store is opened or migrated; "" for PostgreSQL.
	lockFile string
}

// Options configure the connections of a Store. Zeros mean the defaults.
type Options struct {
	// Conns is the maximum number of connections, without those for authentication: for PostgreSQL
	// four for each processor and at least 8, and for SQLite half of that.
	Conns int
	// MaxWait is the time after which readers and transactions that wait for a connection fail with
	// query.ErrBusy: 5 s.
	MaxWait time.Duration
}

// A pool opens connections to a database, at most conns at the same time.
type pool func(conns int) *bun.DB

// controlConns is the number of connections for authentication, unless there are more processors.
// Requests wait at most maxControlWait for one of them.
const (
	controlConns   = 2
	maxControlWait = 2 * time.Second
)

func newStore(open pool, opts Options, location, lockFile string) *Store {
	db := query.New(open(opts.Conns), opts.Conns, cmp.Or(opts.MaxWait, 5*time.Second))
	n := max(controlConns, runtime.NumCPU())
	return &Store{
		db: db, control: query.New(open(n), n, maxControlWait),
		ping: open(1), pings: &singleflight.Group{}, ids: newIDBlock(open(1)), location: location, lockFile: lockFile,
		keyRows: lru.New[string, keyRow](maxKeyRows, maxKeyRowBytes),
	}
}

// limitConns sets the maximum number of connections. Idle connections stay open.
func limitConns(pool *sql.DB, conns int) *sql.DB {
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool
}

// Open opens the database at location, which is postgres://… (or postgresql://…) or sqlite:PATH.
// It creates a missing SQLite file; a PostgreSQL server must respond. Open does not check the
// schema: see Migrator.Check.
func Open(ctx context.Context, location string) (*Store, error) {
	return OpenWith(ctx, location, Options{})
}

// OpenWith is Open with options.
func OpenWith(ctx context.Context, location string, opts Options) (*Store, error) {
	scheme, rest, _ := strings.Cut(location, ":")
	var s *Store
	var err error
	switch scheme {
	case "postgres", "postgresql":
		s, err = openPostgres(location, opts)
	case "sqlite":
		s, err = openSQLite(rest, opts)
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
		unlock, err := filelock.LockContext(ctx, s.lockFile, filelock.Exclusive)
		if err != nil {
			return err
		}
		defer unlock()
	}
	return s.db.PingContext(ctx)
}

// openPostgres opens a PostgreSQL database. It uses the simple protocol, because bun inserts the
// arguments into the SQL, so that prepared statements would never be reused.
func openPostgres(location string, opts Options) (*Store, error) {
	conf, err := pgx.ParseConfig(location)
	if err != nil {
		return nil, errors.New("the database address is not valid: it must look like postgres://USER:PASSWORD@HOST:PORT/DATABASE")
	}
	conf.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conf.RuntimeParams["timezone"] = "UTC"
	if conf.RuntimeParams["application_name"] == "" {
		conf.RuntimeParams["application_name"] = "resultgraph"
	}
	opts.Conns = cmp.Or(opts.Conns, max(8, 4*runtime.NumCPU()))
	return newStore(func(conns int) *bun.DB {
		return bun.NewDB(limitConns(stdlib.OpenDB(*conf, stdlib.OptionAfterConnect(prepareConn)), conns), pgdialect.New())
	}, opts, location, ""), nil
}

// prepareConn sets the parameters of a connection. Prepared statements use generic plans, because
// planning with the values takes longer than most statements run. Two defaults of PostgreSQL change,
// unless the operator has set another value. The cost of a random read assumes rotating disks, so that
// PostgreSQL scans small tables instead of using their indexes. The costs of generic plans are estimated
// for ten parents, so that PostgreSQL compiles statements that run for a shorter time than the
// compilation (jit), and compiles them again at each call.
func prepareConn(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SET plan_cache_mode = force_generic_plan;
		SELECT set_config(name, wanted.value, false)
		FROM pg_settings JOIN (VALUES ('random_page_cost', '1.1'), ('jit', 'off')) AS wanted(name, value) USING (name)
		WHERE source = 'default'`)
	return err
}

// openSQLite opens a file in WAL mode, so that readers never wait for a writer. Every commit is
// synced, so that acknowledged changes survive a power failure.
func openSQLite(path string, opts Options) (*Store, error) {
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
	address := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas.Encode()
	opts.Conns = cmp.Or(opts.Conns, max(4, 2*runtime.NumCPU()))
	return newStore(func(conns int) *bun.DB {
		pool, _ := query.OpenSQLite(address) // fails only for an address that is malformed
		return bun.NewDB(limitConns(pool, conns), sqlitedialect.New())
	}, opts, "", path+".lock"), nil
}

// Close closes all connections.
func (s *Store) Close() error {
	return errors.Join(s.db.Close(), s.control.Close(), s.ping.Close(), s.ids.db.Close())
}

// Stats returns statistics of the connections, without those for authentication. WaitCount and
// WaitDuration are those of readers and transactions that waited for a connection.
func (s *Store) Stats() sql.DBStats {
	stats := s.db.Stats()
	stats.WaitCount, stats.WaitDuration = s.db.Waits()
	return stats
}

// WithQueryHook returns the same store with a hook that runs around every statement.
func (s *Store) WithQueryHook(hook bun.QueryHook) *Store {
	with := *s
	with.db = s.db.WithQueryHook(hook)
	return &with
}

// WithDB returns the same store with another view of its database, such as that of an operation.
func (s *Store) WithDB(db *query.DB) *Store {
	with := *s
	with.db = db
	return &with
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

// InTx runs f once in a transaction, which is rolled back when f fails. The function f must not
// use another connection.
func (s *Store) InTx(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	return s.db.InTx(ctx, f)
}

// Analyze updates PostgreSQL's statistics of the tables that an import fills. Until then the plans of the
// checks of foreign keys stay those for empty tables, which read whole tables. It does nothing on SQLite,
// whose plans do not depend on the rows.
func (s *Store) Analyze(ctx context.Context) error {
	if !s.IsPostgres() {
		return nil
	}
	_, err := s.db.Write(ctx, s.db.NewRaw(`ANALYZE account, course, section, "user", enrollment, assignment, result, result_member, step, bundle`))
	return err
}
