package main

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// drain serves requests until load balancers and clients have stopped sending them: /readyz fails,
// and every response closes its connection. It ends after the configured time, or with a second
// signal; a signal after that kills the program.
func (s *server) drain(ctx context.Context) {
	signaled, stop := signal.NotifyContext(context.WithoutCancel(ctx), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s.stopping.Store(true)
	s.log.Info("draining, a second signal ends it", "duration", s.settings.Drain)
	select {
	case <-signaled.Done():
	case <-time.After(s.settings.Drain):
	}
}

// closeWhenStopping makes clients close their connections while the server stops, so that they
// send the next request to another instance.
func (s *server) closeWhenStopping(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
