// Package metrics counts requests, GraphQL operations and database connections for
// Prometheus.
package metrics

import (
	"cmp"
	"database/sql"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/momotor/resultgraph/internal/version"
)

// Metrics is the set of metrics of an instance. Label values come from fixed sets, and the ids
// of accounts, but not from requests or other data: that bounds the number of series and keeps
// them free of personal data.
type Metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.HistogramVec
	operations *prometheus.CounterVec
	errors     *prometheus.CounterVec
	sweeps     *prometheus.CounterVec
	lookups    *prometheus.CounterVec
	keys       *prometheus.CounterVec
	store      *storeCollector
}

// New returns metrics of the process and of a database pool with the given statistics.
func New(dbStats func() sql.DBStats) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "resultgraph_http_request_duration_seconds",
			Help:    "Time from the start of a request to the last byte of its response, by route, method and status (aborted if the response is incomplete).",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15, 60},
		}, []string{"route", "method", "status"}),
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "resultgraph_graphql_operations_total",
			Help: "GraphQL operations, including those behind REST routes, by execution path (unchanged, cache, fast, mixed, resolvers, none) and the reason for not taking the fast path.",
		}, []string{"path", "reason"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "resultgraph_graphql_errors_total",
			Help: "Errors in responses to GraphQL operations, including those behind REST routes, by extensions.code.",
		}, []string{"code"}),
		sweeps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "resultgraph_blob_sweeps_total",
			Help: "Sweeps of unreferenced bundle files, by outcome (early, done, refused, failed). An early sweep waits for the end of the first day; a refused sweep needs the operator.",
		}, []string{"outcome"}),
		lookups: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "resultgraph_answer_cache_lookups_total",
			Help: "Look-ups of responses in memory, by outcome (hit, outdated, miss). An outdated response was read again because something had changed.",
		}, []string{"outcome"}),
		keys: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "resultgraph_key_failures_total",
			Help: "API keys that were rejected, by reason (invalid, throttled). Invalid keys are malformed, unknown, wrong, revoked or expired; throttled requests had too many wrong keys before.",
		}, []string{"reason"}),
		store: &storeCollector{},
	}
	m.registry.MustRegister(m.requests, m.operations, m.errors, m.sweeps, m.lookups, m.keys, m.store,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registerDB(dbStats)
	m.registerBuild(version.Current())
	return m
}

// registerBuild registers the description of a build.
func (m *Metrics) registerBuild(b version.Build) {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "resultgraph_build_info", Help: "Always 1; the labels describe the build of the program.",
	}, []string{"version", "revision", "goversion"})
	info.WithLabelValues(b.Version, b.Revision, b.Go).Set(1)
	m.registry.MustRegister(info)
}

// registerDB registers the statistics of the database connections.
func (m *Metrics) registerDB(stats func() sql.DBStats) {
	gauge := func(name, help string, value func(sql.DBStats) int) {
		m.registerGauge("resultgraph_db_"+name, help, func() int { return value(stats()) })
	}
	gauge("connections_max", "Maximum number of database connections.", func(s sql.DBStats) int { return s.MaxOpenConnections })
	gauge("connections_in_use", "Database connections in use.", func(s sql.DBStats) int { return s.InUse })
	gauge("connections_idle", "Idle database connections.", func(s sql.DBStats) int { return s.Idle })
	counter := func(name, help string, value func(sql.DBStats) float64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "resultgraph_db_" + name, Help: help},
			func() float64 { return value(stats()) }))
	}
	counter("waits_total", "Waits for a database connection.", func(s sql.DBStats) float64 { return float64(s.WaitCount) })
	counter("wait_seconds_total", "Total time waited for database connections.", func(s sql.DBStats) float64 { return s.WaitDuration.Seconds() })
}

func (m *Metrics) registerGauge(name, help string, value func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) }))
}

// RegisterOperations registers the numbers of large operations and of waiting readers and transactions,
// the bytes of large responses, and the bytes of the responses in memory.
func (m *Metrics) RegisterOperations(large, waiting func() int, spooled func() int64, cached func() int) {
	m.registerGauge("resultgraph_answer_cache_bytes", "Bytes of the responses in memory (at most --answer-cache).", cached)
	m.registerGauge("resultgraph_graphql_large_operations", "Large GraphQL operations that read from the database now (at most half of the connections).", large)
	m.registerGauge("resultgraph_db_waiting", "Readers and transactions that wait for a database connection now.", waiting)
	m.registerGauge("resultgraph_graphql_spooled_bytes", "Bytes reserved for large responses that clients have not received yet (at most 32 times --max-response-bytes).",
		func() int { return int(spooled()) })
}

// ObserveOperation counts a GraphQL operation: its execution path, the reason for not taking
// the fast path, and the code of each error.
func (m *Metrics) ObserveOperation(path, reason string, codes []string) {
	m.operations.WithLabelValues(path, reason).Inc()
	for _, code := range codes {
		m.errors.WithLabelValues(cmp.Or(code, "none")).Inc()
	}
}

// ObserveCache counts a look-up in the cache of answers by its outcome: hit, outdated or miss.
func (m *Metrics) ObserveCache(outcome string) { m.lookups.WithLabelValues(outcome).Inc() }

// ObserveSweep counts a sweep of blobs by its outcome: early, done, refused or failed.
func (m *Metrics) ObserveSweep(outcome string) { m.sweeps.WithLabelValues(outcome).Inc() }

// ObserveKeyFailure counts a rejected API key by the reason: invalid or throttled.
func (m *Metrics) ObserveKeyFailure(reason string) { m.keys.WithLabelValues(reason).Inc() }
