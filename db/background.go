package db

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5/pgxpool"
)

// SQL is the store's pool of connections, for a library that brings its own statements.
func (s *Store) SQL() *sql.DB { return s.db.DB }

// Fresh opens a pool of connections of its own to a PostgreSQL store, for a library that
// speaks to pgx. On SQLite there is none: it returns nil.
func (s *Store) Fresh(ctx context.Context, most int32) (*pgxpool.Pool, error) {
	if !isPostgres(s.db) {
		return nil, nil
	}
	conf, err := pgxpool.ParseConfig(s.location)
	if err != nil {
		return nil, err
	}
	conf.MaxConns = most
	return pgxpool.NewWithConfig(ctx, conf)
}
