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

func (s *pgSession) read(ctx context.Context, db *DB, guards []Guard, plan *Plan, sc Scope, keys []Key, more bool) (*Rows, error) {
	st, values, err := plan.prepare(db, sc, keys, s.values[:0])
	if err != nil {
		return nil, err
	}
	s.values = values
	s.startPipeline(ctx)
	if !s.inTx && more {
		s.sendStatement(beginSnapshot)
		s.inTx = true
	}
	checks, err := s.sendGuards(guards)
	if err != nil {
		return nil, err
	}
	sent := s.sendQuery(st, values)
	if s.inTx && !more {
		s.sendStatement(endSnapshot)
		s.commitSent = true
	}
	if err := s.pipeline.Sync(); err != nil {
		return nil, err
	}
	if err := s.checkRows(guards, checks); err != nil {
		return nil, err
	}
	reader, err := s.receive(sent)
	if err != nil {
		return nil, err
	}
	return s.rows(reader), nil
}

// check implements session.
func (s *pgSession) check(ctx context.Context, guards []Guard) error {
	s.startPipeline(ctx)
	checks, err := s.sendGuards(guards)
	if err != nil {
		return err
	}
	if err := s.pipeline.Sync(); err != nil {
		return err
	}
	if err := s.checkRows(guards, checks); err != nil {
		return err
	}
	_, err = nextResult[*pgconn.PipelineSync](s.pipeline)
	return err
}

func (s *pgSession) startPipeline(ctx context.Context) {
	if s.pipeline == nil {
		s.pipeline = s.conn.StartPipeline(ctx)
	}
	s.prepared.sendDeallocates(s.pipeline)
}

func (s *pgSession) sendGuards(guards []Guard) ([]sentQuery, error) {
	if len(guards) == 0 {
		return nil, nil
	}
	sent := make([]sentQuery, len(guards))
	for i := range guards {
		values, err := guards[i].values()
		if err != nil {
			return nil, err
		}
		sent[i] = s.sendQuery(guards[i].Statement.st, values)
	}
	return sent, nil
}

// checkRows checks the rows of the guards that were sent.
func (s *pgSession) checkRows(guards []Guard, sent []sentQuery) error {
	for i := range guards {
		reader, err := s.receive(sent[i])
		if err != nil {
			return err
		}
		rows := &Rows{next: nextOf(reader)}
		if err := guards[i].check(rows); err != nil {
			return err
		}
		if _, err := reader.Close(); err != nil {
			return err
		}
	}
	return nil
}

// A sentQuery is a statement that was sent, and whether it is also prepared.
type sentQuery struct {
	st        *statement
	preparing bool
}

// receive returns the rows of a statement, whose connection was synced after it.
func (s *pgSession) receive(sent sentQuery) (*pgconn.ResultReader, error) {
	if sent.preparing {
		description, err := nextResult[*pgconn.StatementDescription](s.pipeline)
		if err != nil {
			return nil, err
		}
		description.Name, description.SQL = sent.st.name, sent.st.sql
		s.prepared.add(description)
	}
	return nextResult[*pgconn.ResultReader](s.pipeline)
}

// sendQuery sends a statement with its values. A statement that runs for the first time is not
// prepared, so that statements that never run again need no memory of PostgreSQL.
func (s *pgSession) sendQuery(st *statement, values [][]byte) sentQuery {
	if known, ok := s.prepared.byName.Get(st.name); ok {
		s.pipeline.SendQueryStatement(known, values, nil, nil)
		return sentQuery{st, false}
	}
	if !st.repeated {
		s.pipeline.SendQueryParams(st.sql, values, nil, nil, nil)
		return sentQuery{st, false}
	}
	s.pipeline.SendPrepare(st.name, st.sql, nil)
	s.pipeline.SendQueryPrepared(st.name, values, nil, nil)
	return sentQuery{st, true}
}

func (s *pgSession) rows(reader *pgconn.ResultReader) *Rows {
	return &Rows{
		next: nextOf(reader),
		close: func() error {
			_, err := nextResult[*pgconn.PipelineSync](s.pipeline)
			return err
		},
	}
}

// nextOf returns the function that reads the next row.
func nextOf(reader *pgconn.ResultReader) func() ([][]byte, error) {
	return func() ([][]byte, error) {
		if reader.NextRow() {
			return reader.Values(), nil
		}
		_, err := reader.Close()
		return nil, err
	}
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
