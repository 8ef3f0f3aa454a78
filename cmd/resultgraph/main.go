// Command resultgraph serves the results of Momotor over GraphQL, and keeps their store.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the program at once
	}()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "resultgraph:", err)
		os.Exit(1)
	}
}

// run is the whole program. It ends when the command is done or ctx is.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	var c commands
	env, err := environment(args, getenv)
	if err != nil {
		return err
	}
	exited := errors.New("help was shown")
	parser, err := kong.New(&c,
		kong.Name("resultgraph"),
		kong.Description("Serves the results that Momotor computed for Canvas submissions over GraphQL and REST."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { panic(exited) }),
		kong.UsageOnError(),
		kong.ValueFormatter(namingVariables),
		kong.Resolvers(variables(env)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil && r != any(exited) {
			panic(r)
		}
	}()
	cmd, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w (try --help)", err)
	}
	cmd.BindTo(ctx, (*context.Context)(nil))
	return cmd.Run(&c.Settings, &console{stdout, stderr})
}

// A console is where a command writes: answers to out, progress and logs to err.
type console struct{ out, err io.Writer }

// commands are those of the command line.
type commands struct {
	Settings

	Serve   serveCommand    `cmd:"" help:"Serve GraphQL, the REST API, downloads and the pages."`
	Import  importCommand   `cmd:"" help:"Load results bundles with a manifest."`
	APIKey  apiKeyCommands  `cmd:"" name:"apikey" help:"Make, list and revoke API keys."`
	Account accountCommands `cmd:"" help:"Set, list and unset how the Canvases of accounts are reached."`
	Migrate migrateCommand  `cmd:"" help:"Bring the schema of the database up to date, or take it back."`
}
