package bench

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/momotor/resultgraph/db"
)

// A handwritten server answers only the workloads, as fast as a hand-written server can. Each request
// is one round trip: the look-up of its key and the statements of its data travel in one pipeline.
// They are prepared, with generic plans, and their text values are copied to JSON in a pooled buffer.
// The server has as many connections as the program has for operations. It reads without a snapshot.
type handwritten struct {
	pool     *pgxpool.Pool
	prepared map[string]*pgconn.StatementDescription // by SQL; the same on all connections
	// buffers are free buffers. A sync.Pool would drop them at each collection of garbage, and growing them
	// again takes as long as filling them.
	buffers chan *buffer
	cached  sync.Map // of *cachedBody, by path
}

// An answer is what the server returns at a path.
type answer struct {
	contentType string
	key         statement // returns the hash of the key, and whether the key is valid
	statements  []statement
	// write reads the rows of the statements, in their order, and writes the body.
	write func(b *buffer, rows *rowReader) error
}

// A statement has a parameter for each named value of the path. The value "prefix" is that of the key.
type statement struct {
	sql    string
	values []string
}

// newHandwritten returns the handler of a server on a database.
func newHandwritten(ctx context.Context, location string) (http.Handler, error) {
	h := &handwritten{prepared: map[string]*pgconn.StatementDescription{}, buffers: make(chan *buffer, 16)}
	if err := h.connect(ctx, location); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.Handler())
	for pattern, a := range answers {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, a) })
		mux.HandleFunc("/versioned"+pattern, func(w http.ResponseWriter, r *http.Request) { h.serveVersioned(w, r, a) })
	}
	return mux, nil
}

// connect opens all connections of the pool.
func (h *handwritten) connect(ctx context.Context, location string) error {
	conf, err := pgxpool.ParseConfig(location)
	if err != nil {
		return err
	}
	if conf.MaxConns, err = programConns(ctx, location); err != nil {
		return err
	}
	conf.MinConns = conf.MaxConns
	for name, value := range map[string]string{"timezone": "UTC", "plan_cache_mode": "force_generic_plan", "random_page_cost": "1.1", "jit": "off"} {
		conf.ConnConfig.RuntimeParams[name] = value
	}
	first, err := pgx.ConnectConfig(ctx, conf.ConnConfig)
	if err != nil {
		return err
	}
	defer first.Close(ctx)
	for i, sql := range statements() {
		if h.prepared[sql], err = first.PgConn().Prepare(ctx, "statement"+strconv.Itoa(i), sql, nil); err != nil {
			return err
		}
	}
	conf.AfterConnect = h.prepare
	h.pool, err = pgxpool.NewWithConfig(ctx, conf)
	return err
}

// prepare prepares all statements on a connection.
func (h *handwritten) prepare(ctx context.Context, conn *pgx.Conn) error {
	for sql, sd := range h.prepared {
		if _, err := conn.PgConn().Prepare(ctx, sd.Name, sql, nil); err != nil {
			return err
		}
	}
	return nil
}

// statements returns the SQL of all statements.
func statements() []string {
	all := []string{versionedKey.sql}
	for _, a := range answers {
		all = append(all, a.key.sql)
		for _, st := range a.statements {
			all = append(all, st.sql)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// programConns returns the number of connections that the program has for operations.
func programConns(ctx context.Context, location string) (int32, error) {
	store, err := db.Open(ctx, location)
	if err != nil {
		return 0, err
	}
	defer store.Close()
	return int32(store.Stats().MaxOpenConnections), nil
}
