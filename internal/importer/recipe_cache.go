package importer

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/fault"
)

// A recipeCache holds the recipes of assignments, reduced to the ids of their steps.
type recipeCache struct {
	im           *Importer
	mu           sync.Mutex
	byAssignment map[int64]*bundle.Recipe // by the assignment's id; nil means no recipe
}

// maxCachedRecipes limits the size of a recipeCache.
const maxCachedRecipes = 1000

// recipe returns the recipe of an assignment's current configuration, which may be older
// than this import. It returns nil when there is none, and when it cannot be read any more, which it logs.
func (rs *recipeCache) recipe(ctx context.Context, course, assignment int64) (*bundle.Recipe, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r, ok := rs.byAssignment[assignment]; ok {
		return r, nil
	}
	r, err := rs.load(ctx, course, assignment)
	var broken *bundle.Error
	switch {
	case errors.Is(err, fault.NotFound):
		r, err = nil, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, blob.ErrDamaged), errors.As(err, &broken):
		rs.im.Log.WarnContext(ctx, "the recipe of an assignment cannot be read: its results are imported without the order of its steps", "assignment", assignment, "error", err)
		r, err = nil, nil
	}
	if err != nil {
		return nil, &fatalError{err}
	}
	if len(rs.byAssignment) == maxCachedRecipes {
		clear(rs.byAssignment)
	}
	rs.byAssignment[assignment] = r
	return r, nil
}

func (rs *recipeCache) load(ctx context.Context, course, assignment int64) (*bundle.Recipe, error) {
	recipe, err := rs.im.Store.CurrentRecipe(ctx, course, assignment)
	if err != nil {
		return nil, err
	}
	digest, err := blob.ParseDigest(*recipe.SHA256)
	if err != nil {
		return nil, err
	}
	content, err := rs.im.Blobs.Open(ctx, digest, recipe.Size)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	if err := blob.Verify(content); err != nil {
		return nil, err
	}
	b, err := bundle.Open(ctx, content, content.Size(), rs.im.Limits)
	if err != nil || b.Recipe() == nil {
		return nil, err
	}
	order := &bundle.Recipe{}
	for _, s := range b.Recipe().Steps {
		order.Steps = append(order.Steps, bundle.Step{ID: s.ID})
	}
	return order, nil
}
