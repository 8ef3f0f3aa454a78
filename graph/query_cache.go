package graph

import (
	"context"
	"math"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/graph/fastpath"
)

// The limits of a queryCache. A parsed document takes ten to forty times the memory of its text.
const (
	maxCachedDocuments     = 1000
	maxCachedBytes         = 1 << 20  // of the texts of all documents
	maxCachedDocumentBytes = 16 << 10 // of one text; a larger text would evict many others
)

// A queryCache holds the most recently used documents by their text, after parsing and validation.
// The number of documents and the bytes of their texts are limited. Trusted documents are few and
// are never evicted. A queryCache is safe for concurrent use.
type queryCache struct {
	mu      sync.Mutex
	trusted map[string]*ast.QueryDocument
	docs    *simplelru.LRU[string, *ast.QueryDocument]
	bytes   int // of the texts in docs
	// planCaches hold the plans of each cached document.
	planCaches map[*ast.QueryDocument]*fastpath.PlanCache
}

var _ graphql.Cache[*ast.QueryDocument] = (*queryCache)(nil)

func newQueryCache() *queryCache {
	c := &queryCache{trusted: map[string]*ast.QueryDocument{}, planCaches: map[*ast.QueryDocument]*fastpath.PlanCache{}}
	onEvict := func(text string, doc *ast.QueryDocument) {
		c.bytes -= len(text)
		delete(c.planCaches, doc)
	}
	c.docs, _ = simplelru.NewLRU(math.MaxInt, onEvict) // fails only for a size below 1
	return c
}

// Get implements graphql.Cache.
func (c *queryCache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if doc, ok := c.trusted[text]; ok {
		return doc, true
	}
	return c.docs.Get(text)
}

// Add implements graphql.Cache.
func (c *queryCache) Add(ctx context.Context, text string, doc *ast.QueryDocument) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if isTrusted(ctx) {
		c.trusted[text] = doc
		c.planCaches[doc] = &fastpath.PlanCache{}
		return
	}
	if len(text) > maxCachedDocumentBytes {
		return
	}
	c.docs.Remove(text)
	c.bytes += len(text)
	c.docs.Add(text, doc)
	c.planCaches[doc] = &fastpath.PlanCache{}
	for c.docs.Len() > maxCachedDocuments || c.bytes > maxCachedBytes {
		c.docs.RemoveOldest()
	}
}

// plans returns the cache for the plans of a document, or nil if the document is not cached.
func (c *queryCache) plans(doc *ast.QueryDocument) *fastpath.PlanCache {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.planCaches[doc]
}
