package graph

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/lru"
)

// The limits of a queryCache. A parsed document takes ten to forty times the memory of its text.
const (
	maxCachedDocuments = 500
	maxCachedBytes     = 1 << 20 // of the texts of all documents
)

// A queryCache holds the most recently used documents by their text, after parsing and validation.
// It takes a document at its second use. The number of documents and the bytes of their texts are
// limited. Trusted documents are few and are never evicted. A queryCache is safe for concurrent use.
type queryCache struct {
	docs    *lru.Cache[string, *ast.QueryDocument]
	trusted sync.Map // of *ast.QueryDocument, by text
}

var _ graphql.Cache[*ast.QueryDocument] = (*queryCache)(nil)

func newQueryCache() *queryCache {
	return &queryCache{docs: lru.New[string, *ast.QueryDocument](maxCachedDocuments, maxCachedBytes)}
}

// Get implements graphql.Cache.
func (c *queryCache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	if doc, ok := c.trusted.Load(text); ok {
		return doc.(*ast.QueryDocument), true
	}
	return c.docs.Get(text)
}

// Add implements graphql.Cache.
func (c *queryCache) Add(ctx context.Context, text string, doc *ast.QueryDocument) {
	switch {
	case isTrusted(ctx):
		c.trusted.Store(text, doc)
	case len(text) <= fastpath.MaxCachedDocumentBytes:
		c.docs.AddRepeated(text, doc, len(text))
	}
}
