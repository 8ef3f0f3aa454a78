package query

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A pgSession is a session on PostgreSQL. It sends BEGIN together with the first statement and
// COMMIT together with the last one, which saves round trips. A statement that has run before stays
// prepared on the connection.
type pgSession struct {
	conn     *pgconn.PgConn
	pipeline *pgconn.Pipeline
	prepared *preparedStatements
	inTx     bool
	// commitSent is set when COMMIT was sent.
	commitSent bool
	// values is the buffer for the parameters of a statement.
	values [][]byte
}

const (
	beginSnapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	endSnapshot   = "COMMIT"
)

func newPgSession(driver any, inTx bool) (*pgSession, error) {
	std, ok := driver.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("begin a snapshot: the connection of type %T does not belong to pgx", driver)
	}
	conn := std.Conn().PgConn()
	return &pgSession{conn: conn, prepared: preparedOn(conn), inTx: inTx}, nil
}

func (s *pgSession) read(ctx context.Context, db *DB, sc Scope, requests []request, more bool) ([]*Rows, error) {
	if s.pipeline == nil {
		s.pipeline = s.conn.StartPipeline(ctx)
	}
	s.prepared.sendDeallocates(s.pipeline)
	if !s.inTx && (more || needSnapshot(requests)) {
		s.sendStatement(beginSnapshot)
		s.inTx = true
	}
	all := make([]*Rows, len(requests))
	for i, r := range requests {
		st, values, err := r.prepare(db, sc, s.values[:0])
		if err != nil {
			return nil, err
		}
		s.values = values
		preparing := s.sendQuery(st, values)
		all[i] = &Rows{source: &pgRows{session: s, statement: st, preparing: preparing, last: i == len(requests)-1}}
	}
	if s.inTx && !more {
		s.sendStatement(endSnapshot)
		s.commitSent = true
	}
	return all, s.pipeline.Sync()
}

// prepare returns the statement of a request, and appends its values to args.
func (r *request) prepare(db *DB, sc Scope, args [][]byte) (*statement, [][]byte, error) {
	if r.guard == nil {
		return r.plan.prepare(db, sc, r.keys, args)
	}
	for _, v := range r.guard.Values {
		cell, err := AppendCell(nil, v)
		if err != nil {
			return nil, nil, err
		}
		args = append(args, cell)
	}
	return r.guard.Statement.st, args, nil
}

// sendQuery sends a statement with its values. A statement that runs for the first time is not
// prepared, so that statements that never run again need no memory of PostgreSQL. sendQuery returns
// whether it prepares the statement.
func (s *pgSession) sendQuery(st *statement, values [][]byte) (preparing bool) {
	if known, ok := s.prepared.byName.Get(st.name); ok {
		s.pipeline.SendQueryStatement(known, values, nil, nil)
		return false
	}
	if !st.repeated {
		s.pipeline.SendQueryParams(st.sql, values, nil, nil, nil)
		return false
	}
	s.pipeline.SendPrepare(st.name, st.sql, nil)
	s.pipeline.SendQueryPrepared(st.name, values, nil, nil)
	return true
}

// pgRows are the rows of a statement that was sent.
type pgRows struct {
	session   *pgSession
	statement *statement
	preparing bool
	// last is set for the last statement before a Sync.
	last   bool
	reader *pgconn.ResultReader // nil before the first row
}

func (r *pgRows) next() ([][]byte, error) {
	if r.reader == nil {
		if err := r.start(); err != nil {
			return nil, err
		}
	}
	if r.reader.NextRow() {
		return r.reader.Values(), nil
	}
	_, err := r.reader.Close()
	return nil, err
}

// start receives the beginning of the rows, and the description of a statement that is being prepared.
func (r *pgRows) start() (err error) {
	if r.preparing {
		description, err := nextResult[*pgconn.StatementDescription](r.session.pipeline)
		if err != nil {
			return err
		}
		description.Name, description.SQL = r.statement.name, r.statement.sql
		r.session.prepared.add(description)
	}
	r.reader, err = nextResult[*pgconn.ResultReader](r.session.pipeline)
	return err
}

func (r *pgRows) close() error {
	if !r.last {
		return nil
	}
	_, err := nextResult[*pgconn.PipelineSync](r.session.pipeline)
	return err
}

// sendStatement sends a statement that returns no rows. nextResult skips its result.
func (s *pgSession) sendStatement(sql string) { s.pipeline.SendQueryParams(sql, nil, nil, nil, nil) }

// nextResult returns the next result of a type. It skips the results of statements that return no
// rows.
func nextResult[T any](p *pgconn.Pipeline) (T, error) {
	for {
		switch got, err := p.GetResults(); v := got.(type) {
		case T:
			if reader, ok := got.(*pgconn.ResultReader); ok && reader.FieldDescriptions() == nil {
				continue // the result of sendStatement
			}
			return v, nil
		case nil:
			if err == nil {
				err = fmt.Errorf("read from the database: a result is missing")
			}
			var none T
			return none, err
		}
	}
}

// end closes the connection also if it cannot commit, for example because ctx is done: PostgreSQL would
// keep the snapshot until the next use of the connection.
func (s *pgSession) end(ctx context.Context, failed bool) error {
	if s.pipeline == nil && !s.inTx {
		return nil
	}
	var err error
	if !failed {
		err = s.commit(ctx)
	}
	if failed || err != nil {
		s.conn.Close(ctx)
	}
	return err
}

func (s *pgSession) commit(ctx context.Context) error {
	if s.pipeline == nil {
		s.pipeline = s.conn.StartPipeline(ctx)
	}
	if s.inTx && !s.commitSent {
		s.sendStatement(endSnapshot)
		if err := s.pipeline.Sync(); err != nil {
			return err
		}
	}
	return s.pipeline.Close()
}
