package query

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A pgSession is a session on PostgreSQL. It sends BEGIN together with the first statement and
// COMMIT together with the last one, which saves round trips. Statements stay prepared on the
// connection.
type pgSession struct {
	conn     *pgconn.PgConn
	pipeline *pgconn.Pipeline
	prepared preparedStatements
	inTx     bool
	// commitSent is set when COMMIT was sent.
	commitSent bool
	// values is the buffer for the parameters of a statement.
	values [][]byte
}

// preparedStatements are the prepared statements of a connection by name.
type preparedStatements map[string]*pgconn.StatementDescription

// maxPrepared is the maximum number of prepared statements of a connection. It limits the memory
// that the connection uses on the server.
const maxPrepared = 300

// preparedKey is the key of the preparedStatements in the custom data of a connection.
const preparedKey = "resultgraph.prepared"

const (
	beginSnapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	endSnapshot   = "COMMIT"
)

func newPgSession(driver any, inTx bool) (*pgSession, error) {
	std, ok := driver.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("begin a snapshot: the connection of type %T does not belong to pgx", driver)
	}
	s := &pgSession{conn: std.Conn().PgConn(), inTx: inTx}
	s.prepared, _ = s.conn.CustomData()[preparedKey].(preparedStatements)
	if s.prepared == nil {
		s.prepared = preparedStatements{}
		s.conn.CustomData()[preparedKey] = s.prepared
	}
	return s, nil
}

func (s *pgSession) read(ctx context.Context, db *DB, plan *Plan, sc Scope, keys []Key, more bool) (*Rows, error) {
	st, values, err := plan.prepare(db, sc, keys, s.values[:0])
	if err != nil {
		return nil, err
	}
	s.values = values
	if s.pipeline == nil {
		s.pipeline = s.conn.StartPipeline(ctx)
		if !s.inTx {
			s.discardStatements()
		}
	}
	if !s.inTx && more {
		s.sendStatement(beginSnapshot)
		s.inTx = true
	}
	known := s.prepared[st.name]
	if known == nil {
		s.pipeline.SendPrepare(st.name, st.sql, nil)
		s.pipeline.SendQueryPrepared(st.name, values, nil, nil)
	} else {
		s.pipeline.SendQueryStatement(known, values, nil, nil)
	}
	if s.inTx && !more {
		s.sendStatement(endSnapshot)
		s.commitSent = true
	}
	if err := s.pipeline.Sync(); err != nil {
		return nil, err
	}
	if known == nil {
		if known, err = nextResult[*pgconn.StatementDescription](s.pipeline); err != nil {
			return nil, err
		}
		known.Name, known.SQL = st.name, st.sql
		s.prepared[st.name] = known
	}
	reader, err := nextResult[*pgconn.ResultReader](s.pipeline)
	if err != nil {
		return nil, err
	}
	return s.rows(reader), nil
}

func (s *pgSession) rows(reader *pgconn.ResultReader) *Rows {
	return &Rows{
		next: func() ([][]byte, error) {
			if reader.NextRow() {
				return reader.Values(), nil
			}
			_, err := reader.Close()
			return nil, err
		},
		close: func() error {
			_, err := nextResult[*pgconn.PipelineSync](s.pipeline)
			return err
		},
	}
}

// sendStatement sends a statement that returns no rows. nextResult skips its result.
func (s *pgSession) sendStatement(sql string) {
	if known := s.prepared[sql]; known != nil {
		s.pipeline.SendQueryStatement(known, nil, nil, nil)
		return
	}
	s.pipeline.SendQueryParams(sql, nil, nil, nil, nil)
}

// discardStatements deletes the prepared statements of the connection if it has more than
// maxPrepared.
func (s *pgSession) discardStatements() {
	if len(s.prepared) > maxPrepared {
		s.sendStatement("DEALLOCATE ALL")
		s.pipeline.SendPipelineSync() // the statements of a pipeline up to a sync form a transaction
		clear(s.prepared)
	}
}

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

func (s *pgSession) end(ctx context.Context, failed bool) error {
	switch {
	case s.pipeline == nil && !s.inTx:
		return nil
	case failed:
		s.conn.Close(ctx)
		return nil
	case s.pipeline == nil:
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
