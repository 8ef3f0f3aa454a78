// Package rest is the documented REST API. It answers by running GraphQL operations of
// its own, which lie in the folder operations, and reaches data in no other way: who may
// see what is decided in one place, whichever way they ask.
//
// README.md says what goes over the wire.
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
)

// A Config configures an API.
type Config struct {
	// Schema is the schema that the operations are validated against.
	Schema *ast.Schema
	// Executor runs the operations. It must accept them whatever they cost: they are part of
	// the program.
	Executor graphql.GraphExecutor
	Keys     *access.Authenticator
	Blobs    blob.Store
	// AuthFailure is the status for callers without a valid key: 403, which is also what
	// 0 stands for, or 401.
	AuthFailure int
	// CSVRaw leaves text in CSV as it is, even where a spreadsheet takes it for a formula.
	CSVRaw bool
	// Timeout is how long each operation may take, of which a long list or table runs one
	// for every page; 0 is for ever.
	Timeout time.Duration
	// MostUpload is how many bytes the files of a request may have together; 0 is 64 MiB.
	MostUpload int64
	Log        *slog.Logger
}

// An API answers the documented REST API.
type API struct {
	conf       Config
	operations operations
	resources  *resources
}

// New returns an API, or what is wrong with the operations of its routes.
func New(conf Config) (*API, error) {
	if conf.Executor == nil {
		return nil, errors.New("the REST API has no executor for its operations")
	}
	if conf.AuthFailure == 0 {
		conf.AuthFailure = http.StatusForbidden
	}
	conf.MostUpload = cmp.Or(conf.MostUpload, 64<<20)
	ops, err := load(conf.Schema)
	if err != nil {
		return nil, err
	}
	res, err := bound(routes(), ops)
	if err != nil {
		return nil, err
	}
	return &API{conf, ops, res}, nil
}

// Route returns the documented path that a request's path is one of, such as
// /lti/api/account/{accountId}/, "" if there is none.
func (a *API) Route(path string) string {
	if res, _ := a.resources.find(strings.TrimSuffix(path, "/") + "/"); res != nil {
		return res.path
	}
	return ""
}
