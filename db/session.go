package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// A Session is a person who is signed in. The token of a session is a secret; the store has a hash of it.
type Session struct {
	bun.BaseModel `bun:"table:session,alias:ses"`

	TokenHash  string    `bun:"token_hash,pk"`
	UserID     int64     `bun:"user_id"`
	Data       string    `bun:"data"` // of package session
	CreatedAt  time.Time `bun:"created_at"`
	LastUsedAt time.Time `bun:"last_used_at"` // to the minute
	ExpiresAt  time.Time `bun:"expires_at"`
}

// SaveSession stores a new session, or changes the data and the expiry of an existing one.
func (s *Store) SaveSession(ctx context.Context, session *Session) error {
	_, err := s.db.Write(ctx, s.db.NewInsert().Model(session).
		On("CONFLICT (token_hash) DO UPDATE").Set("data = excluded.data").Set("expires_at = excluded.expires_at"))
	if err != nil {
		return fmt.Errorf("save a session: %w", err)
	}
	return nil
}

// DeleteSession deletes a session, if it exists.
func (s *Store) DeleteSession(ctx context.Context, tokenHash string) error {
	_, err := s.db.Write(ctx, s.db.NewDelete().Model((*Session)(nil)).Where("token_hash = ?", tokenHash))
	if err != nil {
		return fmt.Errorf("delete a session: %w", err)
	}
	return nil
}

// DeleteEndedSessions deletes the sessions that have expired, and those that were last used before a time.
func (s *Store) DeleteEndedSessions(ctx context.Context, now, lastUse time.Time) error {
	_, err := s.db.Write(ctx, s.db.NewDelete().Model((*Session)(nil)).Where("expires_at < ? OR last_used_at < ?", now.UTC(), lastUse.UTC()))
	if err != nil {
		return fmt.Errorf("delete the sessions that have ended: %w", err)
	}
	return nil
}

// RecordSessionUse records that sessions were used at a time. It keeps later recorded times, such as those
// of other instances.
func (s *Store) RecordSessionUse(ctx context.Context, tokenHashes []string, at time.Time) error {
	_, err := s.db.Write(ctx, s.db.NewUpdate().Model((*Session)(nil)).Set("last_used_at = ?", at.UTC()).
		Where("token_hash IN (?)", bun.List(tokenHashes)).Where("last_used_at < ?", at.UTC()))
	return err
}

// A ListedSession is a session with its person, for display.
type ListedSession struct {
	Session
	UserName string `bun:"user_name,scanonly"`
}

// ListSessions returns all sessions with their people, the oldest first.
func (s *Store) ListSessions(ctx context.Context) ([]*ListedSession, error) {
	var sessions []*ListedSession
	err := s.db.NewSelect().TableExpr("session AS ses").ColumnExpr("ses.token_hash, ses.user_id, ses.data, ses.created_at, ses.last_used_at, ses.expires_at").
		ColumnExpr("usr.name AS user_name").Join(`JOIN "user" AS usr ON usr.id = ses.user_id`).Order("ses.created_at", "ses.token_hash").Scan(ctx, &sessions)
	if err != nil {
		return nil, fmt.Errorf("list the sessions: %w", query.WrapError(err))
	}
	return sessions, nil
}

// RevokeSession deletes the session whose hash begins with a prefix. It fails with fault.NotFound if there
// is none, and with fault.Conflict if there are several.
func (s *Store) RevokeSession(ctx context.Context, prefix string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		deleted, err := deleteSessions(ctx, tx.NewDelete().Where("substr(token_hash, 1, ?) = ?", len(prefix), prefix))
		switch {
		case err != nil:
			return err
		case deleted == 0:
			return fault.New(fault.NotFound, fmt.Sprintf("no session begins with %q", prefix))
		case deleted > 1:
			return fault.New(fault.Conflict, fmt.Sprintf("several sessions begin with %q: give more of its letters", prefix))
		}
		return nil
	})
}

// RevokeSessionsOfUser deletes all sessions of a person, and returns their number.
func (s *Store) RevokeSessionsOfUser(ctx context.Context, userID int64) (n int64, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err = deleteSessions(ctx, tx.NewDelete().Where("user_id = ?", userID))
		return err
	})
	return n, err
}

func deleteSessions(ctx context.Context, q *bun.DeleteQuery) (int64, error) {
	res, err := q.Model((*Session)(nil)).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("delete sessions: %w", query.WrapError(err))
	}
	return res.RowsAffected()
}

// ErrSessionNotFound is the error for a token that no session has.
var ErrSessionNotFound = errors.New("no such session")

// A SessionRecord is a session with the person and the roles that the person has now.
type SessionRecord struct {
	Session
	UserName string
	Roles    []CourseRole // by course and role
}

// A CourseRole is a role of a person in a course.
type CourseRole struct {
	CourseID int64
	Role     Role
}

// sessionStatements read the record of a session by the hash of its token, on SQLite and on PostgreSQL.
var sessionStatements = map[bool]*query.FixedStatement{false: sessionStatement(false), true: sessionStatement(true)}

func sessionStatement(pg bool) *query.FixedStatement {
	roles := query.JSONArray(pg, "enr.course_id || ' ' || enr.role", "enrollment AS enr WHERE enr.user_id = ses.user_id").Text()
	return query.NewFixedStatement("SELECT ses.user_id, ses.data, ses.created_at, ses.last_used_at, ses.expires_at, usr.name, " + roles + ` AS roles
		FROM session AS ses JOIN "user" AS usr ON usr.id = ses.user_id WHERE ses.token_hash = $1`)
}

// SessionGuard returns a guard that calls check with the record of the session whose token has a hash. The
// err of check is ErrSessionNotFound if there is no such session, and otherwise an error of the database or
// nil. The error that check returns is the error of the guard.
func (s *Store) SessionGuard(tokenHash string, check func(SessionRecord, error) error) query.Guard {
	return query.Guard{
		Statement: sessionStatements[s.IsPostgres()], Values: []any{tokenHash},
		Check: func(rows *query.Rows) error {
			r, err := readSession(rows)
			r.TokenHash = tokenHash
			return check(r, err)
		},
	}
}

// readSession reads a record from the rows of a sessionStatement.
func readSession(rows *query.Rows) (r SessionRecord, err error) {
	cells := rows.Next()
	switch {
	case rows.Err() != nil:
		return r, rows.Err()
	case cells == nil:
		return r, ErrSessionNotFound
	}
	c := cellReader{cells: cells}
	r.UserID, r.Data = c.int(), c.text()
	r.CreatedAt, r.LastUsedAt, r.ExpiresAt = *c.time(), *c.time(), *c.time()
	r.UserName = c.text()
	for _, text := range c.texts() {
		var role CourseRole
		_, err := fmt.Sscan(text, &role.CourseID, &role.Role)
		c.fail(err)
		r.Roles = append(r.Roles, role)
	}
	if c.err != nil {
		return SessionRecord{}, fmt.Errorf("read a session: %w", c.err)
	}
	return r, nil
}

// SessionByHash returns the session whose token has a hash, even if the session has expired. It fails with
// ErrSessionNotFound if there is none. Like KeyByPrefix it does not use the connections of operations.
func (s *Store) SessionByHash(ctx context.Context, tokenHash string) (r SessionRecord, err error) {
	guard := s.SessionGuard(tokenHash, func(found SessionRecord, foundErr error) error {
		r, err = found, foundErr
		return nil
	})
	if err := s.control.CheckGuards(ctx, guard); err != nil {
		return SessionRecord{}, err
	}
	return r, err
}
