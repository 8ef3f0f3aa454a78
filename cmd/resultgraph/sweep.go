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
	sweeper := &retention.Sweeper{Store: store, Blobs: blobs}
	p, err := sweeper.Plan(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%d blobs are stored. A sweep\n", p.Blobs)
	for _, line := range []struct {
		count int
		what  string
	}{
		{len(p.Purged), "deletes purged blobs"}, {len(p.Replaced), "moves replaced blobs to the trash for a week"},
		{len(p.Unknown), "moves blobs that the database does not know to the trash for a week"},
		{len(p.Restored), "restores blobs from the trash"}, {len(p.Expired), "deletes blobs from the trash"},
	} {
		fmt.Fprintf(c.out, "%8d %s\n", line.count, line.what)
	}
	switch {
	case cmd.Force && p.IsEmpty:
		return errors.New("the database is empty: check --database, or delete the folder of blobs")
	case cmd.Force:
		n, err := sweeper.Sweep(ctx, p)
		fmt.Fprintf(c.out, "Swept %d blobs.\n", n)
		return err
	case p.Refusal != "":
		fmt.Fprintf(c.out, "The server refuses to sweep: %s. Check --database and --data; then run resultgraph sweep --force.\n", p.Refusal)
	case p.Doubt != "":
		fmt.Fprintf(c.out, "The server refuses to sweep the unknown blobs: %s. Check --database and --data; then run resultgraph sweep --force.\n", p.Doubt)
	case p.IsEarly:
		fmt.Fprintln(c.out, "The server sweeps a day after its start at the earliest; resultgraph sweep --force sweeps now.")
	default:
		fmt.Fprintln(c.out, "The server sweeps with its next daily job; resultgraph sweep --force sweeps now.")
	}
	return nil
}
