package rest

import (
	_ "embed"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/fault"
)

//go:embed operations/bundle.graphql
var bundleDocument string

// Bundles serves bundles at the address that GraphQL gives them: /bundles/{id}/{name}.
// Answer is the GraphQL server, for callers that are known already.
type Bundles struct {
	Answer http.HandlerFunc
	Blobs  blob.Store
	Log    *slog.Logger
}

// ServeHTTP sends a bundle as an attachment. It is 404 for what the caller may not see,
// and 410 for what is kept no longer. Ranges and If-None-Match work: a bundle's bytes
// never change, and its entity tag is their SHA-256.
func (b *Bundles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{
		document:  bundleDocument,
		variables: map[string]any{"id": chi.URLParam(r, "id")},
		reply:     b.reply,
	}
	b.Answer(w, c.with(r))
}

func (b *Bundles) reply(w http.ResponseWriter, r *http.Request, data json.RawMessage, errs gqlerror.List) {
	var answer struct {
		Node *struct {
			Name, MediaType string
			SHA256          *string
		}
	}
	err := error(fault.NotFound)
	if len(errs) > 0 {
		err = errs
	} else if json.Unmarshal(data, &answer) == nil && answer.Node != nil && answer.Node.MediaType != "" {
		err = b.send(w, r, answer.Node.Name, answer.Node.MediaType, answer.Node.SHA256)
	}
	if err != nil {
		b.fail(w, r, err)
	}
}

func (b *Bundles) send(w http.ResponseWriter, r *http.Request, name, mediaType string, sha256 *string) error {
	if sha256 == nil {
		return fault.Gone
	}
	digest, err := blob.ParseDigest(*sha256)
	if err != nil {
		return err
	}
	file, err := b.Blobs.Open(r.Context(), digest)
	if errors.Is(err, fs.ErrNotExist) {
		b.Log.ErrorContext(r.Context(), "a bundle is not in the blob store", "sha256", *sha256)
		return fault.Gone
	}
	if err != nil {
		return err
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("ETag", `"`+*sha256+`"`)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}

func (b *Bundles) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.Describe(err)
	if f.Kind == fault.Internal {
		b.Log.ErrorContext(r.Context(), "a download failed", "path", r.URL.Path, "error", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(f.Kind.Status)
	body, _ := json.Marshal(map[string]string{"detail": f.Message})
	w.Write(body)
}
