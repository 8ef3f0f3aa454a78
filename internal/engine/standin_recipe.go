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

// What a stand-in reads of a recipe, and how many tasks it makes of it, at most; those of a
// step have so many numbers.
const (
	recipeBytes = 64 << 20
	recipeXML   = 4 << 20
	recipeTasks = 200
	recipeDepth = 8
)

// A recipeStep is a step of a recipe as far as a stand-in cares.
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

// tasks are the ids of the tasks that the step runs as: its own, or, where the scheduler's
// option "tasks" is "2.3", six from ID.0.0 to ID.1.2 (Momotor recipe manual).
func (s *recipeStep) tasks() []string {
	ids := []string{s.ID}
	for depth, part := range strings.SplitN(s.option("scheduler", "tasks"), ".", recipeDepth+1) {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > recipeTasks/len(ids) || depth == recipeDepth {
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

// readSteps lists the steps of a recipe, in its order. A recipe that can not be read makes
// a JobFailed, as it does with the real engine.
func readSteps(ctx context.Context, recipe Asset) ([]recipeStep, error) {
	text, err := read(ctx, recipe)
	if err != nil {
		return nil, err
	}
	if recipe.Format == ZIP {
		if text, err = unpack(text); err != nil {
			return nil, failed(fmt.Sprintf("the recipe is no zip with a recipe.xml: %v", err))
		}
	}
	var doc struct {
		XMLName xml.Name `xml:"recipe"`
		Steps   []struct {
			Step []recipeStep `xml:"step"`
		} `xml:"steps"`
	}
	if err := xml.Unmarshal(text, &doc); err != nil {
		return nil, failed(fmt.Sprintf("the recipe is no XML of a recipe: %v", err))
	}
	var steps []recipeStep
	for _, list := range doc.Steps {
		steps = append(steps, list.Step...)
	}
	return steps, nil
}

// read returns the whole of an asset.
func read(ctx context.Context, a Asset) ([]byte, error) {
	r, err := a.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", a.Name, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, recipeBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", a.Name, err)
	}
	if len(b) > recipeBytes {
		return nil, failed(fmt.Sprintf("the recipe is larger than %d MiB", recipeBytes>>20))
	}
	return b, nil
}

// unpack returns the recipe.xml of a zip.
func unpack(packed []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, err
	}
	f, err := z.Open("recipe.xml")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, recipeXML+1))
	if err == nil && len(b) > recipeXML {
		err = fmt.Errorf("recipe.xml is larger than %d MiB", recipeXML>>20)
	}
	return b, err
}
