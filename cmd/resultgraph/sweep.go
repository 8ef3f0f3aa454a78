package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/internal/jobs/retention"
)

type sweepCommand struct {
	Force bool `env:"-" help:"Sweep now, even if the server refuses to, unless the database is empty."`
}

// Run prints what a sweep would remove. With --force it also sweeps.
func (cmd *sweepCommand) Run(ctx context.Context, s *Settings, c *console) error {
	store, err := s.openExistingStore(ctx, s.logger(c))
	if err != nil {
		return err
	}
	defer store.Close()
	blobs, err := s.openBlobs(ctx, store, s.logger(c))
	if err != nil {
		return err
	}
	defer blobs.Close()
	sweeper := &retention.Sweeper{Store: store, Blobs: blobs}
	p, err := sweeper.Plan(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "The data folder has %d blobs (files of bundles). A sweep would\n", p.Blobs)
	for _, line := range []struct {
		count int
		text  string
	}{
		{len(p.Purged), "delete %d blobs whose bundles were purged"},
		{len(p.Replaced), "move %d blobs to the trash, because other files replaced them"},
		{len(p.Unknown), "move %d blobs to the trash, because no bundle in the database refers to them"},
		{len(p.Restored), "restore %d blobs from the trash, because bundles refer to them again"},
		{len(p.Expired), "delete %d blobs that were in the trash for a week"},
	} {
		fmt.Fprintf(c.out, "  - "+line.text+"\n", line.count)
	}
	switch {
	case cmd.Force && p.IsEmpty:
		return errors.New("the database is empty: check --database, or delete the folder of blobs")
	case cmd.Force:
		n, err := sweeper.Sweep(ctx, p)
		fmt.Fprintf(c.out, "Swept %d blobs.\n", n)
		return err
	case p.Refusal != "":
		fmt.Fprintf(c.out, "The server will not sweep, because %s. Check --database and --data. If both are right, run “resultgraph sweep --force”.\n", p.Refusal)
	case p.Doubt != "":
		fmt.Fprintf(c.out, "The server will not move the blobs that no bundle refers to, because %s. Check --database and --data. If both are right, run “resultgraph sweep --force”.\n", p.Doubt)
	case p.IsEarly:
		fmt.Fprintln(c.out, "The server sweeps by itself, at the earliest a day after its start. To sweep now, run “resultgraph sweep --force”.")
	default:
		fmt.Fprintln(c.out, "The server sweeps by itself once a day. To sweep now, run “resultgraph sweep --force”.")
	}
	return nil
}
