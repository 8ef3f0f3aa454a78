// Command resultgraph serves the results of Momotor over GraphQL and REST, and administers
// their store.
package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/momotor/resultgraph/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // the next signal kills the program, unless it ends the drain of serve
	}()
	json := wantsJSON(os.Args[1:], os.Getenv)
	redirectLibraryLogs(newLogger(os.Stderr, slog.LevelInfo, json))
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		reportError(os.Stderr, err, json)
	}
	os.Exit(exitCode(err))
}

// run is the whole program. It returns when the command is done or ctx is canceled.
func run(ctx context.Context, args []string, getenv environment, stdout, stderr io.Writer) error {
	var c commands
	settings, names, err := withConfigFile(args, getenv)
	if err != nil {
		return usageError{err}
	}
	errExit := errors.New("help was shown")
	parser, err := kong.New(&c,
		kong.Name("resultgraph"),
		kong.Description("Serve the results that Momotor computed for Canvas submissions over GraphQL and REST."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { panic(errExit) }),
		kong.UsageOnError(),
		kong.ValueFormatter(helpWithVariable),
		kong.Resolvers(variableResolver(settings)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"version": version.Current().String()},
	)
	if err != nil {
		return err
	}
	if err := checkNames(parser.Model, names); err != nil {
		return usageError{err}
	}
	defer func() {
		if r := recover(); r != nil && r != any(errExit) {
			panic(r)
		}
	}()
	cmd, err := parser.Parse(args)
	if err != nil {
		return usagef("%w (try --help)", err)
	}
	cmd.BindTo(ctx, (*context.Context)(nil))
	return cmd.Run(&c.Settings, &console{stdout, stderr}, getenv, parser)
}

// A console receives the output of a command: results on out, progress and logs on err.
type console struct{ out, err io.Writer }

// commands is the command line.
type commands struct {
	Settings
	Version kong.VersionFlag `env:"-" help:"Print the version and exit."`

	Serve    serveCommand     `cmd:"" help:"Serve GraphQL, the REST API, downloads and the web pages."`
	Import   importCommand    `cmd:"" help:"Import courses and results from a folder with a manifest."`
	Export   exportCommand    `cmd:"" help:"Export all data to a folder that import reads."`
	APIKey   apiKeyCommands   `cmd:"" name:"apikey" help:"Create, list, update and revoke API keys."`
	Account  accountCommands  `cmd:"" help:"Set, list and unset the Canvas tokens of accounts."`
	Platform platformCommands `cmd:"" help:"Register this server as an LTI tool in Canvas, list and delete registrations."`
	Session  sessionCommands  `cmd:"" help:"List and end the sessions of people."`
	Sweep    sweepCommand     `cmd:"" help:"Show which bundle files no row refers to any more, or sweep them."`
	Migrate  migrateCommand   `cmd:"" help:"Apply or undo migrations of the database schema."`
	Check    checkCommand     `cmd:"" help:"Check the database, the files of bundles, the secret key, Canvas, the engine, disks, clocks and settings; takes the settings of serve."`
	Ready    readyCommand     `cmd:"" help:"Exit with 0 if the server on this computer is ready: a health check for containers."`

	Completion completionCommand `cmd:"" help:"Print a script that completes commands and flags in a shell."`
}
