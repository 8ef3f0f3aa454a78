package metrics

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A StoreState has figures about a store that are too expensive for each scrape. All instances of a store have the
// same.
type StoreState struct {
	// Jobs are the numbers of jobs by kind and state.
	Jobs map[JobKey]int
	// Refreshes are the times of the last refreshes from Canvas, by the Momotor ids of accounts.
	Refreshes map[int64]time.Time
	// ImportedAt is the time of the last import; nil before the first.
	ImportedAt *time.Time
	ReadAt     time.Time
}

// A JobKey is a kind and a state of jobs.
type JobKey struct{ Kind, State string }

// A BlobUsage is the size of the folder of bundle files.
type BlobUsage struct {
	Files  int
	Bytes  int64
	ReadAt time.Time
}

// A storeCollector exports the latest figures that it was given. Nothing is exported before the first.
type storeCollector struct {
	state atomic.Pointer[StoreState]
	blobs atomic.Pointer[BlobUsage]
}

var (
	jobsDesc = prometheus.NewDesc("resultgraph_jobs",
		"Jobs in the database that are not done, by kind and state (waiting, postponed, retrying, running, failed). Jobs of the kind process are queued results; failed ones stay for at least a day.", []string{"kind", "state"}, nil)
	refreshDesc = prometheus.NewDesc("resultgraph_last_refresh_timestamp_seconds",
		"Time of the last successful refresh of an assignment from Canvas, by the Momotor id of the account.", []string{"account"}, nil)
	importDesc = prometheus.NewDesc("resultgraph_last_import_timestamp_seconds", "Time of the end of the last import.", nil, nil)
	filesDesc  = prometheus.NewDesc("resultgraph_blob_files", "Files of bundles in the data folder, without the trash.", nil, nil)
	bytesDesc  = prometheus.NewDesc("resultgraph_blob_bytes", "Bytes of the files of bundles in the data folder, without the trash.", nil, nil)
	readDesc   = prometheus.NewDesc("resultgraph_read_timestamp_seconds",
		"Time when figures were read: jobs, refreshes and imports (source database) every 30 seconds, files of bundles (source folder) every hour.", []string{"source"}, nil)
)

// Describe implements prometheus.Collector.
func (*storeCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobsDesc, refreshDesc, importDesc, filesDesc, bytesDesc, readDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *storeCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if s := c.state.Load(); s != nil {
		for key, n := range s.Jobs {
			gauge(jobsDesc, float64(n), key.Kind, key.State)
		}
		for account, at := range s.Refreshes {
			gauge(refreshDesc, seconds(at), strconv.FormatInt(account, 10))
		}
		if s.ImportedAt != nil {
			gauge(importDesc, seconds(*s.ImportedAt))
		}
		gauge(readDesc, seconds(s.ReadAt), "database")
	}
	if b := c.blobs.Load(); b != nil {
		gauge(filesDesc, float64(b.Files))
		gauge(bytesDesc, float64(b.Bytes))
		gauge(readDesc, seconds(b.ReadAt), "folder")
	}
}

// seconds returns a time as Prometheus does.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// SetStoreState sets the figures that the next scrapes get.
func (m *Metrics) SetStoreState(s *StoreState) { m.store.state.Store(s) }

// SetBlobUsage sets the size of the folder that the next scrapes get.
func (m *Metrics) SetBlobUsage(b *BlobUsage) { m.store.blobs.Store(b) }
