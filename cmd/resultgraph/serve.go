package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/canvas/states"
	"github.com/momotor/resultgraph/internal/memory"
	"github.com/momotor/resultgraph/internal/metrics"
	"github.com/momotor/resultgraph/internal/version"
)

type serveCommand struct {
	ServeSettings
}

// stopTimeout is the time that running requests and jobs have to finish when the server stops.
const stopTimeout = 20 * time.Second

// Run serves until ctx is canceled, and then waits for running requests and jobs.
func (cmd *serveCommand) Run(ctx context.Context, s *Settings, c *console, getenv environment) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	log := s.logger(c)
	memory.Configure(getenv, log)
	if err := cmd.validate(); err != nil {
		return usageError{err}
	}
	store, err := s.openStore(ctx, s.logger(c))
	if err != nil {
		return err
	}
	defer store.Close()
	blobs, err := s.openBlobs(ctx, store, s.logger(c))
	if err != nil {
		return err
	}
	defer blobs.Close()
	listener, err := listen("--listen", cmd.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	warnWithoutPublicURL(ctx, log, listener.Addr(), cmd.PublicURL)
	var demo demoState
	if cmd.Demo {
		if demo, err = fillDemo(ctx, s, store, blobs, c); err != nil {
			return err
		}
	}
	jobStore, err := db.OpenWith(ctx, s.databaseURL(), jobPool)
	if err != nil {
		return err
	}
	defer jobStore.Close()
	jobs, err := newBackground(ctx, cmd, s, jobStore, blobs, demo, log)
	if err != nil {
		return err
	}
	srv := &server{store: store, blobs: blobs, jobs: jobs.queue, settings: &cmd.ServeSettings, log: log}
	srv.states = &states.Reader{Store: store, Clients: jobs.clients, Now: time.Now, Log: log}
	if srv.seal, err = cmd.sealKey(ctx, s, store); err != nil {
		return err
	}
	srv.keyUses = access.NewUseRecorder(store.RecordKeyUse, access.KeyUseResolution, time.Now, log)
	defer srv.keyUses.Start()()
	srv.sessions = newSessions(store, &cmd.ServeSettings, log)
	defer srv.sessions.Start()()
	srv.demoCourses = demo.courses
	if cmd.MetricsListen != "" {
		l, err := listen("--metrics-listen", cmd.MetricsListen)
		if err != nil {
			return err
		}
		srv.metrics = metrics.New(store.Stats)
		jobs.observeSweep = srv.metrics.ObserveSweep
		defer srv.metrics.Serve(l, log)()
		watch, err := newStoreWatch(s, store, srv.metrics, log)
		if err != nil {
			return err
		}
		defer watch.start(ctx)()
		url := fmt.Sprintf("http://%s/metrics", l.Addr())
		s.announce(c, "Metrics are at "+url+"\n", "metrics are ready", "url", url)
	}
	if err := jobs.start(ctx); err != nil {
		if ctx.Err() != nil { // canceled before the start
			return nil
		}
		return err
	}
	s.announce(c, banner(listener.Addr(), demo.key), "ready", "url", "http://"+listener.Addr().String(), "version", version.Current().String())
	var stopping sync.WaitGroup
	stopping.Go(func() {
		<-ctx.Done()
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if err := jobs.stop(stopCtx); err != nil {
			log.WarnContext(stopCtx, "background jobs did not stop cleanly", "error", err)
		}
	})
	defer func() {
		cancel()
		stopping.Wait()
	}()
	return srv.serve(ctx, listener)
}

// warnWithoutPublicURL warns about responses whose URLs have the host that a client sent, if other
// computers can connect.
func warnWithoutPublicURL(ctx context.Context, log *slog.Logger, addr net.Addr, publicURL string) {
	if tcp, ok := addr.(*net.TCPAddr); publicURL == "" && ok && !tcp.IP.IsLoopback() {
		log.WarnContext(ctx, "URLs in responses contain the Host header of each request; set --public-url", "listen", addr.String())
	}
}

// serve answers requests on l until ctx is canceled. Then it drains, closes l and waits for running
// requests.
func (s *server) serve(ctx context.Context, l net.Listener) error {
	handler, err := s.routes()
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      chunkTimeout, // of responses by package http; withDeadlines replaces it
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(lingeringListener{l}) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.drain(ctx)
	s.log.Info("stopping, waiting for running requests")
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(stopCtx); err != nil {
		return fmt.Errorf("wait %s for running requests: %w", stopTimeout, err)
	}
	return nil
}
