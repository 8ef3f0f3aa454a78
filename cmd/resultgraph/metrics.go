package main

import (
	"cmp"
	"database/sql"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/momotor/resultgraph/graph"
)

// metrics count what the server does, for Prometheus. No label has a value that comes from
// a request or from data, so their number is bounded and they tell of nobody.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.HistogramVec
	operations *prometheus.CounterVec
	errors     *prometheus.CounterVec
}

// newMetrics returns metrics of the process, and of a database by its statistics.
func newMetrics(stats func() sql.DBStats) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "resultgraph_http_request_duration_seconds",
			Help:    "Time until the answer to a request was sent, by route, method and status; the status of one that broke off is aborted.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15, 60},
		}, []string{"route", "method", "status"}),
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "resultgraph_graphql_operations_total",
			Help: "GraphQL operations, including those behind REST routes, by the path that answered (fast, resolvers, none) and the reason.",
		}, []string{"path", "reason"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "resultgraph_graphql_errors_total",
			Help: "Errors in answers to GraphQL operations, those of REST too, by extensions.code.",
		}, []string{"code"}),
	}
	m.registry.MustRegister(m.requests, m.operations, m.errors,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.database(stats)
	return m
}

// database registers the statistics of the database's connections.
func (m *metrics) database(stats func() sql.DBStats) {
	gauge := func(name, help string, of func(sql.DBStats) int) {
		m.gauge("resultgraph_db_"+name, help, func() int { return of(stats()) })
	}
	gauge("connections_max", "Connections to the database that there may be.", func(s sql.DBStats) int { return s.MaxOpenConnections })
	gauge("connections_in_use", "Connections to the database that are in use.", func(s sql.DBStats) int { return s.InUse })
	gauge("connections_idle", "Connections to the database that are idle.", func(s sql.DBStats) int { return s.Idle })
	for _, c := range []struct {
		name, help string
		of         func(sql.DBStats) float64
	}{
		{"waits_total", "How often a connection to the database was waited for.", func(s sql.DBStats) float64 { return float64(s.WaitCount) }},
		{"wait_seconds_total", "How long connections to the database were waited for.", func(s sql.DBStats) float64 { return s.WaitDuration.Seconds() }},
	} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "resultgraph_db_" + c.name, Help: c.help},
			func() float64 { return c.of(stats()) }))
	}
}

func (m *metrics) gauge(name, help string, value func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) }))
}

// large registers how many large answers there are.
func (m *metrics) large(count func() int) {
	m.gauge("resultgraph_graphql_large_answers", "Large answers that are being made; few are at a time, and others wait.", count)
}

// operation counts an operation.
func (m *metrics) operation(o graph.Outcome) {
	m.operations.WithLabelValues(o.Path, o.Reason).Inc()
	for _, code := range o.Codes {
		m.errors.WithLabelValues(cmp.Or(code, "none")).Inc()
	}
}
