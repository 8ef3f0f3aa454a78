package query

import (
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/momotor/resultgraph/internal/lru"
)

// preparedStatements are the statements that this package has prepared on a connection. Their number
// and the bytes of their SQL are limited, because PostgreSQL keeps the plan of each of them in the
// memory of the connection. The connection can have other statements, which belong to pgx.
type preparedStatements struct {
	byName *lru.Cache[string, *pgconn.StatementDescription]
	// removed are the names of the statements that left byName and exist on the connection.
	removed []string
}

// The limits of the prepared statements of a connection. PostgreSQL needs 0.2 MB for a statement of
// average size, about a hundred times its SQL.
const (
	maxPrepared      = 64
	maxPreparedBytes = 128 << 10
)

// preparedKey is the key of the preparedStatements in the custom data of a connection.
const preparedKey = "resultgraph.prepared"

// preparedOn returns the prepared statements of a connection.
func preparedOn(conn *pgconn.PgConn) *preparedStatements {
	if p, ok := conn.CustomData()[preparedKey].(*preparedStatements); ok {
		return p
	}
	p := &preparedStatements{byName: lru.New[string, *pgconn.StatementDescription](maxPrepared, maxPreparedBytes)}
	conn.CustomData()[preparedKey] = p
	return p
}

// add adds a statement that was prepared on the connection.
func (p *preparedStatements) add(st *pgconn.StatementDescription) {
	p.removed = append(p.removed, p.byName.Add(st.Name, st, len(st.SQL))...)
}

// sendDeallocates deallocates the removed statements by their names. The message of the protocol
// needs no transaction, works in a failed one, and is no error for a statement that does not exist.
func (p *preparedStatements) sendDeallocates(pipeline *pgconn.Pipeline) {
	for _, name := range p.removed {
		pipeline.SendDeallocate(name)
	}
	p.removed = p.removed[:0]
}
