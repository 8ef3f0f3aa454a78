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

// recipes are those of the assignments whose results are read, as far as the order of
// their steps goes.
type recipes struct {
	im *Importer
	mu sync.Mutex
	of map[int64]*bundle.Recipe // by the assignment's id; nil where there is none
}

// maxRecipes is how many recipes are kept at a time.
const maxRecipes = 1000

// recipe returns the recipe of an assignment's current configuration, whichever import it
// came with. Without one, or with one that can not be read any more, it is nil.
func (rs *recipes) recipe(ctx context.Context, course, assignment int64) (*bundle.Recipe, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r, ok := rs.of[assignment]; ok {
		return r, nil
	}
	r, err := rs.read(ctx, course, assignment)
	var broken *bundle.Error
	if errors.Is(err, fault.NotFound) || errors.Is(err, fs.ErrNotExist) || errors.As(err, &broken) {
		r, err = nil, nil
	}
	if err != nil {
		return nil, &stop{err}
	}
	if len(rs.of) == maxRecipes {
		clear(rs.of)
	}
	rs.of[assignment] = r
	return r, nil
}

func (rs *recipes) read(ctx context.Context, course, assignment int64) (*bundle.Recipe, error) {
	sum, err := rs.im.Store.RecipeSHA256(ctx, course, assignment)
	if err != nil {
		return nil, err
	}
	digest, err := blob.ParseDigest(sum)
	if err != nil {
		return nil, err
	}
	content, err := rs.im.Blobs.Open(ctx, digest)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	b, err := bundle.Open(content, content.Size(), rs.im.Limits)
	if err != nil || b.Recipe() == nil {
		return nil, err
	}
	order := &bundle.Recipe{}
	for _, s := range b.Recipe().Steps {
		order.Steps = append(order.Steps, bundle.Step{ID: s.ID})
	}
	return order, nil
}
