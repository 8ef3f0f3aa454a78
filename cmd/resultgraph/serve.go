package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

type serveCommand struct {
	ServeSettings
}

// stopTime is how long requests that are under way may take to end.
const stopTime = 20 * time.Second

// Run serves until ctx is done, and then lets requests end.
func (cmd *serveCommand) Run(ctx context.Context, s *Settings, c *console) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	log := s.logger(c)
	tuneMemory(os.Getenv, log)
	store, err := s.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	blobs, err := s.openBlobs()
	if err != nil {
		return err
	}
	listener, err := listen("--listen", cmd.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := cmd.WorkSettings.check(); err != nil {
		return err
	}
	var demo demoStore
	if cmd.Demo {
		if demo, err = fillDemo(ctx, s, store, blobs, c); err != nil {
			return err
		}
	}
	workshop, err := openWorkshop(ctx, cmd, s, store, blobs, demo, log)
	if err != nil {
		return err
	}
	site := &site{store: store, blobs: blobs, jobs: workshop.queue, settings: &cmd.ServeSettings, log: log}
	if cmd.MetricsListen != "" {
		l, err := listen("--metrics-listen", cmd.MetricsListen)
		if err != nil {
			return err
		}
		site.metrics = newMetrics(store.Stats)
		defer site.metrics.start(l, c, log)()
	}
	if err := workshop.start(ctx); err != nil {
		if ctx.Err() != nil { // asked to stop before it began
			return nil
		}
		return err
	}
	fmt.Fprint(c.out, greeting(listener.Addr(), demo.key))
	var stopping sync.WaitGroup
	stopping.Go(func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if err := workshop.stop(end); err != nil {
			log.WarnContext(end, "some work was not handed back", "error", err)
		}
	})
	defer func() {
		cancel()
		stopping.Wait()
	}()
	return serve(ctx, listener, site, log)
}

func listen(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%[1]s is in use by another program: choose another port with %[2]s, such as %[2]s 127.0.0.1:8081", address, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// serve answers requests on l until ctx is done.
func serve(ctx context.Context, l net.Listener, site *site, log *slog.Logger) error {
	handler, err := site.handler()
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	site.stopping.Store(true)
	log.Info("stopping: requests that are under way may end")
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		return fmt.Errorf("some requests did not end in %s: %w", stopTime, err)
	}
	return nil
}
