package bundle

import (
	"fmt"
	"strings"
)

// maxWarnings is the maximum number of warnings that CheckRecipe lists.
const maxWarnings = 20

// CheckRecipe checks a recipe for use by an assignment. It returns an [*Error] if the engine cannot
// run the recipe: the XML has no namespace, or there are no steps. Open accepts both, because
// recipes of the past stay readable. The warnings are about steps that depend on a step that the
// recipe does not have, at most maxWarnings and a count of the others.
func (b *Bundle) CheckRecipe() (warnings []string, err error) {
	switch {
	case !b.hasNamespace:
		return nil, &Error{Member: b.xmlName, Line: b.rootLine, Reason: fmt.Sprintf("the root element <recipe> has no namespace; add xmlns=%q", Namespace)}
	case len(b.recipe.Steps) == 0:
		return nil, &Error{Member: b.xmlName, Line: b.rootLine, Reason: "the recipe has no steps"}
	}
	missing := b.recipe.missingDependencies()
	for _, d := range missing[:min(len(missing), maxWarnings)] {
		reason := fmt.Sprintf("the step %s depends on %s, but the recipe has no such step", printable(d.step.ID), printable(d.on))
		warnings = append(warnings, (&Error{Member: b.xmlName, Line: d.step.Line, Reason: reason}).Error())
	}
	if more := len(missing) - maxWarnings; more > 0 {
		warnings = append(warnings, fmt.Sprintf("%d more dependencies on steps that the recipe does not have", more))
	}
	return warnings, nil
}

// A dependency is a step with the id of a step or task that must run before it.
type dependency struct {
	step *Step
	on   string
}

// missingDependencies returns the dependencies on steps that the recipe does not have.
func (r *Recipe) missingDependencies() (missing []dependency) {
	ids := make(map[string]bool, len(r.Steps))
	for i := range r.Steps {
		ids[r.Steps[i].ID] = true
	}
	for i := range r.Steps {
		for _, on := range r.Steps[i].Depends {
			if !namesStep(ids, on) {
				missing = append(missing, dependency{&r.Steps[i], on})
			}
		}
	}
	return missing
}

// maxTaskNumbers is the maximum number of task numbers that namesStep expects after a step id.
const maxTaskNumbers = 10

// namesStep reports whether a dependency is the id of a step, or of a task of a step: the step id and
// dotted numbers or placeholders.
func namesStep(stepIDs map[string]bool, on string) bool {
	for range maxTaskNumbers + 1 {
		if stepIDs[on] {
			return true
		}
		dot := strings.LastIndexByte(on, '.')
		if dot < 0 {
			return false
		}
		on = on[:dot]
	}
	return false
}
