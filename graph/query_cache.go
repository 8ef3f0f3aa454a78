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

// The bounds of a queryCache. A parsed document takes ten to forty times as much memory as its text.
const (
	cachedDocuments = 1000
	cachedBytes     = 1 << 20 // of all texts together
	cachedDocument  = 16 << 10
)

// A queryCache keeps the documents that were used last, parsed and validated, by their
// text. It is bounded by number and by bytes, and a document that would take much of
// its room does not come in. Documents of our own are few and stay for ever, so that
// nobody's queries can push them out. It is safe for concurrent use.
type queryCache struct {
	mu    sync.Mutex
	ours  map[string]*ast.QueryDocument
	docs  *simplelru.LRU[string, *ast.QueryDocument]
	bytes int
	// compiled has the plans of each document that is in here, and goes with it.
	compiled map[*ast.QueryDocument]*fastpath.PlanCache
}

var _ graphql.Cache[*ast.QueryDocument] = (*queryCache)(nil)

func newQueryCache() *queryCache {
	c := &queryCache{ours: map[string]*ast.QueryDocument{}, compiled: map[*ast.QueryDocument]*fastpath.PlanCache{}}
	forget := func(text string, doc *ast.QueryDocument) {
		c.bytes -= len(text)
		delete(c.compiled, doc)
	}
	c.docs, _ = simplelru.NewLRU(math.MaxInt, forget) // fails for a size below 1 only
	return c
}

// Get implements graphql.Cache.
func (c *queryCache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if doc, ok := c.ours[text]; ok {
		return doc, true
	}
	return c.docs.Get(text)
}

// Add implements graphql.Cache.
func (c *queryCache) Add(ctx context.Context, text string, doc *ast.QueryDocument) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if isTrusted(ctx) {
		c.ours[text] = doc
		c.compiled[doc] = &fastpath.PlanCache{}
		return
	}
	if len(text) > cachedDocument {
		return
	}
	c.docs.Remove(text)
	c.bytes += len(text)
	c.docs.Add(text, doc)
	c.compiled[doc] = &fastpath.PlanCache{}
	for c.docs.Len() > cachedDocuments || c.bytes > cachedBytes {
		c.docs.RemoveOldest()
	}
}

// plans returns where the plans of a document are kept, nil for one that is not in here.
func (c *queryCache) plans(doc *ast.QueryDocument) *fastpath.PlanCache {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.compiled[doc]
}
