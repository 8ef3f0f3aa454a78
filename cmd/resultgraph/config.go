package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/blob"
)

// Settings are those that every command takes. Each flag, here and in the commands, has
// an environment variable: --max-page is RESULTGRAPH_MAX_PAGE.
type Settings struct {
	Config   string `type:"path" placeholder:"FILE" help:"A file with a line RESULTGRAPH_NAME=value for each setting; flags and the environment go before it."`
	Data     string `default:"./data" type:"path" help:"The folder of the bundles and, by default, of the database."`
	Database string `placeholder:"URL" help:"postgres://USER:PASSWORD@HOST/NAME or sqlite:PATH; by default resultgraph.db in the data folder."`
	LogLevel string `default:"info" enum:"debug,info,warn,error" help:"What to log: debug, info, warn or error."`
	LogJSON  bool   `help:"Log as JSON, one object a line."`
}

// ServeSettings are those of the server.
type ServeSettings struct {
	Listen        string `default:"127.0.0.1:8080" help:"The address and port to listen on."`
	PublicURL     string `name:"public-url" placeholder:"URL" help:"The scheme and host under which clients reach the server, for the URLs in answers; by default each request's own."`
	MetricsListen string `placeholder:"ADDRESS" help:"An address and port for Prometheus, such as 127.0.0.1:9090: /metrics answers there without a key, and nowhere by default."`
	Demo          bool   `help:"Fill an empty store with demo data, and print a key for it."`

	AuthFailure int  `default:"403" enum:"403,401" help:"The status that the REST API has for a missing or invalid key: 403, or 401 with WWW-Authenticate."`
	CSVRaw      bool `name:"csv-raw" help:"Leave text in CSV as it is, even where a spreadsheet would take it for a formula."`

	MaxBody       int64         `default:"1048576" help:"The bytes of a GraphQL request."`
	MaxUpload     int64         `default:"67108864" help:"The bytes of all files of a request together, in GraphQL and REST."`
	MaxTokens     int           `default:"2000" help:"The tokens of a GraphQL document."`
	MaxDepth      int           `default:"15" help:"How deep the fields of a GraphQL operation may nest."`
	MaxAliases    int           `default:"30" help:"The aliases of a GraphQL operation, fragments expanded."`
	MaxFields     int           `default:"500" help:"The fields of a GraphQL operation, fragments expanded."`
	MaxDirectives int           `default:"50" help:"The directives of a GraphQL document."`
	MaxNodes      int64         `default:"100000" help:"The objects that the answer to a GraphQL operation could hold."`
	MaxPage       int           `default:"1000" help:"The items that can be asked for on one page of a list."`
	DefaultPage   int           `default:"50" help:"The items on a page when the request does not say."`
	MaxReply      int           `default:"33554432" help:"The bytes of an answer to a GraphQL operation."`
	FastPath      string        `enum:"on,off" default:"on" help:"Answer supported queries from compiled plans; off uses the resolvers for all."`
	Compress      string        `enum:"on,off" default:"on" help:"Whether answers are compressed with zstd or gzip for clients that accept it; off leaves it to a proxy. The pages always come in gzip."`
	Timeout       time.Duration `default:"15s" help:"How long a GraphQL operation may take, of REST too."`

	WorkSettings
}

// limits are the settings that bound a GraphQL request.
func (s *ServeSettings) limits() graph.Limits {
	return graph.Limits{
		BodyBytes: s.MaxBody, UploadBytes: s.MaxUpload, Tokens: s.MaxTokens, Depth: s.MaxDepth, Aliases: s.MaxAliases,
		Fields: s.MaxFields, Directives: s.MaxDirectives, Nodes: s.MaxNodes,
		MaxPage: s.MaxPage, PageSize: s.DefaultPage, ReplyBytes: s.MaxReply, Timeout: s.Timeout,
	}
}

// location is where the database is.
func (s *Settings) location() string {
	if s.Database != "" {
		return s.Database
	}
	return "sqlite:" + filepath.Join(s.Data, "resultgraph.db")
}

// openStore opens the database. SQLite is brought up to date on the way; on PostgreSQL
// that is for the operator to decide, with migrate.
func (s *Settings) openStore(ctx context.Context) (*db.Store, error) {
	store, err := db.Open(ctx, s.location())
	if err != nil {
		return nil, err
	}
	m, err := store.Migrator()
	if err == nil && strings.HasPrefix(s.location(), "sqlite:") {
		_, err = m.Up(ctx)
	}
	if err == nil {
		err = m.Check(ctx)
	}
	if err != nil {
		store.Close()
		return nil, err
	}
	return store, nil
}

func (s *Settings) openBlobs() (*blob.Folder, error) {
	return blob.OpenFolder(filepath.Join(s.Data, "blobs"))
}

func (s *Settings) logger(c *console) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // one of the enum
	opts := &slog.HandlerOptions{Level: level}
	if s.LogJSON {
		return slog.New(slog.NewJSONHandler(c.err, opts))
	}
	return slog.New(slog.NewTextHandler(c.err, opts))
}

// environment returns the variables with those of the --config file behind them.
func environment(args []string, getenv func(string) string) (func(string) string, error) {
	file := getenv("RESULTGRAPH_CONFIG")
	for i, a := range args {
		if value, ok := strings.CutPrefix(a, "--config="); ok {
			file = value
		} else if a == "--config" && i+1 < len(args) {
			file = args[i+1]
		}
	}
	if file == "" {
		return getenv, nil
	}
	read, err := godotenv.Read(file)
	if err != nil {
		return nil, fmt.Errorf("read the settings in %s: %w", file, err)
	}
	return func(name string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return read[name]
	}, nil
}

// variable names the environment variable of a flag.
func variable(flag string) string {
	return "RESULTGRAPH_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// variables gives flags that are not on the command line their variable's value.
func variables(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if v := getenv(variable(flag.Name)); v != "" && flag.Name != "help" {
			return v, nil
		}
		return nil, nil
	})
}

// namingVariables shows a flag's variable in the help.
func namingVariables(v *kong.Value) string {
	help := kong.DefaultHelpValueFormatter(v)
	if v.Flag == nil || v.Name == "help" {
		return help
	}
	return strings.TrimSuffix(help, ".") + " [$" + variable(v.Name) + "]."
}
