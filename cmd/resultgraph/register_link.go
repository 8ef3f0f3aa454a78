package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/lti"
)

type platformRegisterLink struct {
	SealSettings
	PublicURL string        `required:"" name:"public-url" placeholder:"URL" help:"Scheme and host of this server for browsers and Canvas, as for serve."`
	Issuer    string        `required:"" env:"-" placeholder:"URL" help:"Issuer of the Canvas that may register: https://canvas.instructure.com for all of the cloud."`
	Valid     time.Duration `default:"24h" env:"-" help:"Time for which the link is valid, at most 168h."`
}

// maxLinkValidity is the maximum of --valid: a link that is forgotten in a mailbox shall be of no use.
const maxLinkValidity = 7 * 24 * time.Hour

// Run prints a link.
func (cmd *platformRegisterLink) Run(ctx context.Context, s *Settings, c *console) error {
	if cmd.Valid < time.Minute || cmd.Valid > maxLinkValidity {
		return usagef("--valid is %s, and must be from a minute to %s", cmd.Valid, maxLinkValidity)
	}
	base := strings.TrimSuffix(cmd.PublicURL, "/")
	if err := lti.CheckURL(base); err != nil {
		return usagef("--public-url %w", err)
	}
	if err := lti.CheckURL(cmd.Issuer); err != nil {
		return usagef("--issuer %w", err)
	}
	return s.withStore(ctx, c, func(store *db.Store) error {
		key, err := cmd.sealKey(ctx, s, store)
		if err != nil {
			return err
		}
		expires := time.Now().Add(cmd.Valid)
		fmt.Fprintln(c.out, lti.NewRegistrationURL(base, key, cmd.Issuer, expires))
		fmt.Fprintf(c.err, "Canvas can open the link once, until %s.\n", expires.UTC().Format(time.RFC3339))
		return nil
	})
}
