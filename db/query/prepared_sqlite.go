package query

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"

	"github.com/momotor/resultgraph/internal/lru"
	"github.com/momotor/resultgraph/internal/stats"
)

// OpenSQLite returns a pool of connections to a SQLite database, for the driver's address of the
// database. Snapshots need connections of this pool: each of them keeps prepared statements. The
// connections have the functions of package stats.
func OpenSQLite(address string) (*sql.DB, error) {
	stats.RegisterSQLite()
	connector, err := sqlite.NewConnector(address)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(sqliteConnector{connector}), nil
}

type sqliteConnector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{
		sqliteDriverConn: conn.(sqliteDriverConn),
		recent:           lru.New[string, struct{}](maxPrepared, maxPreparedBytes), prepared: map[string]preparedSQLite{},
	}, nil
}

// sqliteDriverConn has the methods of the driver's connections that package sql uses.
type sqliteDriverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// A sqliteConn is a connection with the statements that snapshots have prepared on it. Their number and
// the bytes of their SQL are limited like those on PostgreSQL.
type sqliteConn struct {
	sqliteDriverConn
	// prepared are the statements by their names, and recent are the names.
	prepared map[string]preparedSQLite
	recent   *lru.Cache[string, struct{}]
}

// A preparedSQLite is a prepared statement of the driver.
type preparedSQLite interface {
	driver.Stmt
	driver.StmtQueryContext
}

// query runs a statement. A statement that is not expected to run again is not prepared. The rows of all
// earlier statements must be closed.
func (c *sqliteConn) query(ctx context.Context, st *statement, values []driver.NamedValue) (driver.Rows, error) {
	if !st.repeated || len(st.sql) > maxPreparedBytes {
		return c.QueryContext(ctx, st.sql, values)
	}
	if _, ok := c.recent.Get(st.name); !ok {
		if err := c.prepare(ctx, st); err != nil {
			return nil, err
		}
	}
	return c.prepared[st.name].QueryContext(ctx, values)
}

// prepare prepares a statement, and closes those that exceed the limits.
func (c *sqliteConn) prepare(ctx context.Context, st *statement) error {
	prepared, err := c.PrepareContext(ctx, st.sql)
	if err != nil {
		return err
	}
	c.prepared[st.name] = prepared.(preparedSQLite)
	for _, name := range c.recent.Add(st.name, struct{}{}, len(st.sql)) {
		err = errors.Join(err, c.prepared[name].Close())
		delete(c.prepared, name)
	}
	return err
}

// Close implements driver.Conn.
func (c *sqliteConn) Close() error {
	var err error
	for _, st := range c.prepared {
		err = errors.Join(err, st.Close())
	}
	return errors.Join(err, c.sqliteDriverConn.Close())
}

// Unwrap returns the driver's connection, as the driver asks of wrappers.
func (c *sqliteConn) Unwrap() driver.Conn { return c.sqliteDriverConn }
