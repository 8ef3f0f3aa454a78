package engine

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits of a stand-in.
const (
	maxRecipe    = 64 << 20 // bytes
	maxRecipeXML = 4 << 20  // bytes
	maxTasks     = 200      // of a recipe
	maxTaskDepth = 8        // task numbers of a task
)

// A recipeStep has the parts of a recipe's step that a stand-in uses.
type recipeStep struct {
	ID       string `xml:"id,attr"`
	Priority string `xml:"priority,attr"`
	Options  []struct {
		Domain string `xml:"domain,attr"`
		Option []struct {
			Domain string `xml:"domain,attr"`
			Name   string `xml:"name,attr"`
			Value  string `xml:"value,attr"`
			Text   string `xml:",chardata"`
		} `xml:"option"`
	} `xml:"options"`
}

// option returns the first value of an option, or "".
func (s *recipeStep) option(domain, name string) string {
	for _, list := range s.Options {
		for _, o := range list.Option {
			if o.Name != name || o.Domain != domain && list.Domain != domain {
				continue
			}
			if o.Value != "" {
				return o.Value
			}
			return strings.TrimSpace(o.Text)
		}
	}
	return ""
}

// tasks returns the ids of the step's tasks: its own id, or, if the scheduler's option "tasks"
// is "2.3", six from ID.0.0 to ID.1.2 (Momotor recipe manual).
func (s *recipeStep) tasks() []string {
	ids := []string{s.ID}
	for depth, part := range strings.SplitN(s.option("scheduler", "tasks"), ".", maxTaskDepth+1) {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > maxTasks/len(ids) || depth == maxTaskDepth {
			break
		}
		var longer []string
		for _, id := range ids {
			for i := range n {
				longer = append(longer, fmt.Sprintf("%s.%d", id, i))
			}
		}
		ids = longer
	}
	return ids
}

// readSteps returns the steps of a recipe in order. The error for an invalid recipe is a
// JobFailed, as with the real engine.
func readSteps(ctx context.Context, recipe Asset) ([]recipeStep, error) {
	text, err := readRecipe(ctx, recipe)
	if err != nil {
		return nil, err
	}
	if recipe.Format == ZIP {
		if text, err = unzipRecipe(text); err != nil {
			return nil, newJobFailed(fmt.Sprintf("the recipe is not a zip with a recipe.xml: %v", err))
		}
	}
	var doc struct {
		XMLName xml.Name `xml:"recipe"`
		Steps   []struct {
			Step []recipeStep `xml:"step"`
		} `xml:"steps"`
	}
	if err := xml.Unmarshal(text, &doc); err != nil {
		return nil, newJobFailed(fmt.Sprintf("the recipe is not recipe XML: %v", err))
	}
	var steps []recipeStep
	for _, list := range doc.Steps {
		steps = append(steps, list.Step...)
	}
	return steps, nil
}

// readRecipe reads a recipe.
func readRecipe(ctx context.Context, a Asset) ([]byte, error) {
	r, err := a.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", a.Name, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxRecipe+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", a.Name, err)
	}
	if len(b) > maxRecipe {
		return nil, newJobFailed(fmt.Sprintf("the recipe is larger than %d MiB", maxRecipe>>20))
	}
	return b, nil
}

// unzipRecipe returns the recipe.xml of a zip.
func unzipRecipe(packed []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, err
	}
	f, err := z.Open("recipe.xml")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxRecipeXML+1))
	if err == nil && len(b) > maxRecipeXML {
		err = fmt.Errorf("recipe.xml is larger than %d MiB", maxRecipeXML>>20)
	}
	return b, err
}
