// Package rest implements the documented REST API. Each route runs a GraphQL operation from the
// folder operations, so REST and GraphQL have the same visibility rules.
//
// README.md describes the protocol.
package rest

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/form"
	"github.com/momotor/resultgraph/internal/spool"
)

// A Config configures an API.
type Config struct {
	// Schema is the schema that the operations are validated against.
	Schema *ast.Schema
	// Executor runs the operations. It must not limit their cost, because they are part of the
	// program.
	Executor graphql.GraphExecutor
	Keys     *access.Authenticator
	Blobs    blob.Store
	// AuthFailureStatus is the status of the response to callers without a valid key: 403 (the
	// default) or 401.
	AuthFailureStatus int
	// CSVRaw disables the escaping of formulas in CSV.
	CSVRaw bool
	// Timeout limits each operation, the first one together with authentication; 0 means no limit. A
	// long list runs one operation per page.
	Timeout time.Duration
	// MaxUploadBytes is the maximum size of all files of a request in bytes; 0 means 64 MiB.
	MaxUploadBytes int64
	// Uploads bounds the disk space of the forms of all requests; nil means no bound.
	Uploads *form.Quota
	// Spools keeps large responses until their clients have received them; nil means that they stay in
	// memory.
	Spools *spool.Pool
	Log    *slog.Logger
}

// An API serves the documented REST API.
type API struct {
	conf       Config
	operations operations
	resources  *resources
}

// New returns an API. It fails if an operation does not match the schema or its routes.
func New(conf Config) (*API, error) {
	if conf.Executor == nil {
		return nil, errors.New("rest.Config has no Executor")
	}
	if conf.AuthFailureStatus == 0 {
		conf.AuthFailureStatus = http.StatusForbidden
	}
	conf.MaxUploadBytes = cmp.Or(conf.MaxUploadBytes, 64<<20)
	ops, err := loadOperations(conf.Schema)
	if err != nil {
		return nil, err
	}
	for _, name := range auxiliaryOperations {
		if ops[name] == nil {
			return nil, missingOperation(name)
		}
	}
	res, err := bindRoutes(routes(), ops)
	if err != nil {
		return nil, err
	}
	return &API{conf, ops, res}, nil
}

// Route returns the documented path that matches a request's path, such as
// /lti/api/account/{id}/. It returns "" if the API has no such path.
func (a *API) Route(path string) string {
	if res, _ := a.resources.find(strings.TrimSuffix(path, "/") + "/"); res != nil {
		return res.path
	}
	return ""
}
