package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/jobs/retention"
)

// Settings are common to all commands. Flags, here and in the commands, have environment variables (see
// variableName and hasVariable).
type Settings struct {
	Config   string `type:"path" placeholder:"FILE" help:"File with a line for each setting, such as RESULTGRAPH_LISTEN=0.0.0.0:8080; flags and environment variables take precedence."`
	Data     string `default:"./data" type:"path" help:"Folder of the bundles and, by default, of the database."`
	Database string `placeholder:"URL" help:"postgres://USER:PASSWORD@HOST/NAME or sqlite:PATH; by default resultgraph.db in the data folder."`
	LogLevel string `default:"info" enum:"debug,info,warn,error" help:"Lowest level to log: debug, info, warn or error."`
	LogJSON  bool   `help:"Log JSON, one object a line."`
}

// ServeSettings are the settings of the server.
type ServeSettings struct {
	Listen        string        `default:"127.0.0.1:8080" help:"Address and port to listen on."`
	PublicURL     string        `name:"public-url" placeholder:"URL" help:"Scheme and host that clients use, for URLs in responses; by default those of each request."`
	TrustedProxy  []string      `placeholder:"ADDRESS" help:"Address of a reverse proxy whose X-Forwarded-For or Forwarded header names the client, such as 10.0.0.5, or a network of only such proxies, never one with clients; repeatable."`
	CORSOrigin    []string      `name:"cors-origin" placeholder:"ORIGIN" help:"Origin whose pages may send requests with an API key from a browser, such as https://charts.example.edu; repeatable. By default none may."`
	MetricsListen string        `placeholder:"ADDRESS" help:"Address and port that serve /metrics to Prometheus without authentication, such as 127.0.0.1:9090; by default metrics are off."`
	LogRequests   bool          `help:"Log each request in one line: method, route, path without the query, status, size, duration, client, id of the key or user, and request id; without it they are logged at level debug."`
	Drain         time.Duration `default:"5s" help:"Time from SIGTERM to closing the listener, in which /readyz fails and responses close their connections, so that load balancers switch to other instances; 0 closes at once."`
	Demo          bool          `help:"Fill an empty store with demo data and print an API key for it."`

	SessionLifetime time.Duration `default:"12h" help:"Time after which a person must open the tool in Canvas again."`
	SessionIdle     time.Duration `default:"2h" help:"Time without a request after which a person must open the tool in Canvas again."`

	LTIPrivateHost []string `name:"lti-private-host" placeholder:"HOST" help:"Name or address, without a port, of a Canvas in your own network, where LTI may connect to addresses that are not public; repeatable."`

	RESTAuthStatus int  `name:"rest-auth-status" default:"403" enum:"403,401" help:"Status of REST responses to a missing or invalid key: 403, or 401 with WWW-Authenticate."`
	CSVRaw         bool `name:"csv-raw" help:"Write text to CSV unescaped, even if a spreadsheet would run it as a formula."`

	MaxRequestBytes     int64         `default:"1048576" help:"Maximum size of a GraphQL request without files, in bytes."`
	MaxUploadBytes      int64         `default:"67108864" help:"Maximum total size of the files of a GraphQL or REST request, in bytes."`
	MaxUploadSpace      int64         `default:"1073741824" help:"Maximum disk space of the uploads that are received or processed at the same time, in bytes; a key may use a quarter."`
	MaxResponseBytes    int           `default:"33554432" help:"Maximum size of the response to a GraphQL operation, in bytes."`
	MaxTokens           int           `default:"2000" help:"Maximum number of tokens in a GraphQL document."`
	MaxDepth            int           `default:"15" help:"Maximum nesting depth of the fields of a GraphQL operation."`
	MaxAliases          int           `default:"30" help:"Maximum number of aliases in a GraphQL operation, after expanding fragments."`
	MaxFields           int           `default:"500" help:"Maximum number of fields in a GraphQL operation, after expanding fragments."`
	MaxDirectives       int           `default:"50" help:"Maximum number of directives in a GraphQL document."`
	MaxNodes            int64         `default:"100000" help:"Maximum estimated number of objects in the response to a GraphQL operation."`
	MaxValues           int64         `default:"800000" help:"Maximum number of objects and scalars in the response to a GraphQL operation, estimated before it runs and counted by the resolvers."`
	MaxRows             int64         `default:"5000000" help:"Maximum estimated number of results and steps that the figures of a GraphQL operation read."`
	MaxPageSize         int           `default:"1000" help:"Maximum number of items on a page of a list."`
	DefaultPageSize     int           `default:"50" help:"Number of items on a page if the request sets none."`
	DefaultNestedPage   int           `name:"default-nested-page-size" default:"20" help:"Number of items on a page of a list inside another list with pages, if the request sets none."`
	OperationTimeout    time.Duration `default:"15s" help:"Maximum duration of authentication and a GraphQL operation, including operations behind REST routes."`
	MaxOperationsPerKey int           `default:"0" help:"Maximum number of operations of an API key that run at the same time, including operations behind REST routes; 0 is half of the database connections."`
	AnswerCache         int           `default:"67108864" help:"Maximum size of the responses in memory that are sent again as long as nothing has changed, in bytes; 0 keeps none."`
	FastPath            string        `enum:"on,off" default:"on" help:"Answer supported queries from compiled plans; off uses the resolvers for all."`
	Compress            string        `enum:"on,off" default:"on" help:"Compress responses with gzip or zstd for clients that accept it; off leaves it to a proxy. Web pages always use gzip."`

	JobSettings
}

// requestLevel returns the level at which requests are logged.
func (s *ServeSettings) requestLevel() slog.Level {
	if s.LogRequests {
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// limits returns the settings that limit a GraphQL request.
func (s *ServeSettings) limits() graph.Limits {
	return graph.Limits{
		BodyBytes: s.MaxRequestBytes, UploadBytes: s.MaxUploadBytes, Tokens: s.MaxTokens, Depth: s.MaxDepth, Aliases: s.MaxAliases,
		Fields: s.MaxFields, Directives: s.MaxDirectives, Nodes: s.MaxNodes, Values: s.MaxValues, Rows: s.MaxRows,
		MaxPage: s.MaxPageSize, PageSize: s.DefaultPageSize, NestedPageSize: s.DefaultNestedPage, ReplyBytes: s.MaxResponseBytes, Timeout: s.OperationTimeout,
		CallerOperations: s.MaxOperationsPerKey,
	}
}

// proxies returns the trusted proxies.
func (s *ServeSettings) proxies() (access.Proxies, error) {
	p, err := access.ParseProxies(s.TrustedProxy)
	if err != nil {
		return nil, fmt.Errorf("--trusted-proxy %w", err)
	}
	return p, nil
}

// validate returns an error for a setting that is out of range.
func (s *ServeSettings) validate() error {
	if s.Drain < 0 || s.Drain > time.Hour {
		return fmt.Errorf("--drain is %s, and must be from 0 to an hour", s.Drain)
	}
	if least := s.MaxUploadBytes + s.MaxRequestBytes + 1<<20; s.MaxUploadSpace < least {
		return fmt.Errorf("--max-upload-space is %d, and must be %d or more, the size of one upload", s.MaxUploadSpace, least)
	}
	if _, err := s.proxies(); err != nil {
		return err
	}
	if err := checkOrigins(s.CORSOrigin); err != nil {
		return err
	}
	if s.SessionIdle < 5*time.Minute || s.SessionLifetime < s.SessionIdle {
		return fmt.Errorf("--session-idle is %s and --session-lifetime is %s: the first must be 5 minutes or more, and the second not less than the first", s.SessionIdle, s.SessionLifetime)
	}
	if s.AnswerCache < 0 {
		return fmt.Errorf("--answer-cache is %d, and must be 0 or more", s.AnswerCache)
	}
	if s.MaxOperationsPerKey < 0 {
		return fmt.Errorf("--max-operations-per-key is %d, and must be 1 or more, or 0 for the default", s.MaxOperationsPerKey)
	}
	if err := s.validateLimits(); err != nil {
		return err
	}
	return s.JobSettings.validate()
}

// validateLimits returns an error for a limit that no request meets, and for a default page size above the maximum.
func (s *ServeSettings) validateLimits() error {
	for _, limit := range []struct {
		flag  string
		value int64
	}{
		{"--max-request-bytes", s.MaxRequestBytes}, {"--max-upload-bytes", s.MaxUploadBytes}, {"--max-response-bytes", int64(s.MaxResponseBytes)},
		{"--max-tokens", int64(s.MaxTokens)}, {"--max-depth", int64(s.MaxDepth)}, {"--max-aliases", int64(s.MaxAliases)},
		{"--max-fields", int64(s.MaxFields)}, {"--max-directives", int64(s.MaxDirectives)}, {"--max-nodes", int64(s.MaxNodes)},
		{"--max-values", int64(s.MaxValues)}, {"--max-rows", int64(s.MaxRows)}, {"--max-page-size", int64(s.MaxPageSize)},
		{"--default-page-size", int64(s.DefaultPageSize)}, {"--default-nested-page-size", int64(s.DefaultNestedPage)},
	} {
		if limit.value < 1 {
			return fmt.Errorf("%s is %d, and must be 1 or more", limit.flag, limit.value)
		}
	}
	if s.OperationTimeout <= 0 {
		return fmt.Errorf("--operation-timeout is %s, and must be more than 0", s.OperationTimeout)
	}
	if most := max(s.DefaultPageSize, s.DefaultNestedPage); most > s.MaxPageSize {
		return fmt.Errorf("--default-page-size or --default-nested-page-size is %d, and must be at most --max-page-size, which is %d", most, s.MaxPageSize)
	}
	return nil
}

// JobSettings are the settings of background jobs.
type JobSettings struct {
	Jobs         string        `enum:"on,off" default:"on" help:"Run background jobs in this instance; off leaves them to other instances on the same PostgreSQL database."`
	JobLease     time.Duration `default:"30s" help:"Time without a heartbeat after which other instances resume the jobs of an instance."`
	SyncInterval time.Duration `default:"15m" help:"Interval of refreshing active assignments from Canvas, and of testing a Canvas that was unavailable; 0 disables both."`

	EngineSettings
	CanvasSettings
	RetentionSettings
}

// EngineSettings locate the Momotor engine.
type EngineSettings struct {
	Engine        string `placeholder:"URL" help:"Broker of the Momotor engine: grpc://HOST[:PORT], or grpcs://HOST[:PORT] for TLS. Without it results stay queued, except that --demo uses a stand-in that creates fake results while the store holds only demo data."`
	EngineKey     string `placeholder:"KEY" help:"API key for the broker; prefer the environment variable."`
	EngineSecret  string `placeholder:"SECRET" help:"Secret of the API key for the broker; prefer the environment variable."`
	MaxEngineJobs int    `default:"16" help:"Maximum number of results of this instance that the engine processes at the same time."`
}

// SealSettings say how secrets in the database are encrypted.
type SealSettings struct {
	SecretKey string `placeholder:"BASE64" help:"Key that encrypts secrets in the database, such as Canvas tokens, and seals LTI launches and registration links: 32 bytes in base64, as from “openssl rand -base64 32”; by default secret.key in the data folder, which is created if missing."`
}

// CanvasAccessSettings say how the Canvas tokens of accounts are encrypted and renewed.
type CanvasAccessSettings struct {
	SealSettings
	CanvasClientID     string `placeholder:"ID" help:"Id of the Canvas developer key that refresh tokens belong to."`
	CanvasClientSecret string `placeholder:"SECRET" help:"Secret of the Canvas developer key. Command lines are visible to other users; prefer the environment variable."`
}

// CanvasSettings are the settings of a server that calls Canvas.
type CanvasSettings struct {
	CanvasAccessSettings
	CanvasToken []accountToken `placeholder:"ACCOUNT=TOKEN" help:"Canvas token of an account, named by its Momotor id or Canvas GUID; replaces the token in the database at start. Repeat the flag or separate tokens by commas."`
}

// RetentionSettings say how long bundles are retained.
type RetentionSettings struct {
	RetainFull    retention.Period `default:"0" placeholder:"DAYS" help:"Retention period of full results bundles, such as 90d, from their arrival in this store; 0 retains them forever."`
	RetainBasic   retention.Period `default:"0" placeholder:"DAYS" help:"Retention period of basic results bundles."`
	RetainProduct retention.Period `default:"0" placeholder:"DAYS" help:"Retention period of the products that students submitted."`
}

// periods returns the retention period of each kind of bundle.
func (s *RetentionSettings) periods() retention.Periods {
	return retention.Periods{Full: s.RetainFull, Basic: s.RetainBasic, Product: s.RetainProduct}
}

// validate returns an error for a setting that is out of range.
func (s *JobSettings) validate() error {
	switch {
	case s.JobLease < time.Second:
		return fmt.Errorf("--job-lease is %s, and must be a second or more", s.JobLease)
	case s.MaxEngineJobs < 1 || s.MaxEngineJobs > 1000:
		return fmt.Errorf("--max-engine-jobs is %d, and must be from 1 to 1000", s.MaxEngineJobs)
	case s.SyncInterval < 0 || 0 < s.SyncInterval && s.SyncInterval < time.Minute:
		return fmt.Errorf("--sync-interval is %s, and must be a minute or more, or 0", s.SyncInterval)
	}
	return nil
}
