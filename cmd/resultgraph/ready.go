package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// readyTimeout is longer than a server takes to notice that the database does not answer.
const readyTimeout = 3 * time.Second

type readyCommand struct {
	Listen string `default:"127.0.0.1:8080" help:"Address and port of the server, as its --listen."`
}

// Run fails unless the server on this computer is ready for requests. Containers without a shell use it as their
// health check.
func (cmd *readyCommand) Run(ctx context.Context) error {
	host, port, err := net.SplitHostPort(cmd.Listen)
	if err != nil {
		return usagef("--listen is %q, and must be an address and a port", cmd.Listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost" // the server listens on all addresses
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := (&http.Transport{}).RoundTrip(req) // without a proxy
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: its /readyz is %s", resp.Status)
	}
	return nil
}
