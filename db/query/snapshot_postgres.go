package query

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A pgSession reads through one pipeline: BEGIN is sent together with the first statement, and
// COMMIT with the last one. Statements stay prepared on the connection.
type pgSession struct {
	conn     *pgconn.PgConn
	pipeline *pgconn.Pipeline
	known    preparedStatements
	began    bool
	ended    bool
	values   [][]byte
}

// preparedStatements are the prepared statements of a connection by name.
type preparedStatements map[string]*pgconn.StatementDescription

// maxPrepared limits the memory of a connection on the server.
const maxPrepared = 300

const preparedKey = "resultgraph.prepared"

const (
	beginSnapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	endSnapshot   = "COMMIT"
)

func newPgSession(driver any, began bool) (*pgSession, error) {
	std, ok := driver.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("begin a snapshot: the connection of type %T is not one of pgx", driver)
	}
	p := &pgSession{conn: std.Conn().PgConn(), began: began}
	p.known, _ = p.conn.CustomData()[preparedKey].(preparedStatements)
	if p.known == nil {
		p.known = preparedStatements{}
		p.conn.CustomData()[preparedKey] = p.known
	}
	return p, nil
}

func (p *pgSession) read(ctx context.Context, db *DB, r *Plan, sc Scope, keys []Key, more bool) (*Rows, error) {
	st, values, err := r.prepare(db, sc, keys, p.values[:0])
	if err != nil {
		return nil, err
	}
	p.values = values
	if p.pipeline == nil {
		p.pipeline = p.conn.StartPipeline(ctx)
		if !p.began {
			p.discardStatements()
		}
	}
	if !p.began && more {
		p.sendStatement(beginSnapshot)
		p.began = true
	}
	known := p.known[st.name]
	if known == nil {
		p.pipeline.SendPrepare(st.name, st.sql, nil)
		p.pipeline.SendQueryPrepared(st.name, values, nil, nil)
	} else {
		p.pipeline.SendQueryStatement(known, values, nil, nil)
	}
	if p.began && !more {
		p.sendStatement(endSnapshot)
		p.ended = true
	}
	if err := p.pipeline.Sync(); err != nil {
		return nil, err
	}
	if known == nil {
		if known, err = nextResult[*pgconn.StatementDescription](p.pipeline); err != nil {
			return nil, err
		}
		known.Name, known.SQL = st.name, st.sql
		p.known[st.name] = known
	}
	reader, err := nextResult[*pgconn.ResultReader](p.pipeline)
	if err != nil {
		return nil, err
	}
	return p.rows(reader), nil
}

func (p *pgSession) rows(reader *pgconn.ResultReader) *Rows {
	return &Rows{
		next: func() ([][]byte, error) {
			if reader.NextRow() {
				return reader.Values(), nil
			}
			_, err := reader.Close()
			return nil, err
		},
		close: func() error {
			_, err := nextResult[*pgconn.PipelineSync](p.pipeline)
			return err
		},
	}
}

// sendStatement sends a statement without rows. nextResult skips its result.
func (p *pgSession) sendStatement(sql string) {
	if known := p.known[sql]; known != nil {
		p.pipeline.SendQueryStatement(known, nil, nil, nil)
		return
	}
	p.pipeline.SendQueryParams(sql, nil, nil, nil, nil)
}

// discardStatements drops the prepared statements of the connection when there are too many.
func (p *pgSession) discardStatements() {
	if len(p.known) > maxPrepared {
		p.sendStatement("DEALLOCATE ALL")
		p.pipeline.SendPipelineSync() // otherwise the snapshot would begin in the same transaction
		clear(p.known)
	}
}

// nextResult returns the next result of a type. It skips those of statements without rows.
func nextResult[T any](p *pgconn.Pipeline) (T, error) {
	for {
		switch got, err := p.GetResults(); v := got.(type) {
		case T:
			if reader, ok := got.(*pgconn.ResultReader); ok && reader.FieldDescriptions() == nil {
				continue // BEGIN, COMMIT
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

func (p *pgSession) end(ctx context.Context, failed bool) error {
	switch {
	case p.pipeline == nil && !p.began:
		return nil
	case failed:
		p.conn.Close(ctx)
		return nil
	case p.pipeline == nil:
		p.pipeline = p.conn.StartPipeline(ctx)
	}
	if p.began && !p.ended {
		p.sendStatement(endSnapshot)
		if err := p.pipeline.Sync(); err != nil {
			return err
		}
	}
	return p.pipeline.Close()
}
