package bundle

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A recipe needs the namespace and a step. Dependencies on steps that it does not have are warnings.
func TestCheckRecipe(t *testing.T) {
	t.Parallel()
	recipe := func(steps string) string {
		return "<recipe xmlns='" + Namespace + "'>\n<steps>" + steps + "</steps></recipe>"
	}
	step := func(id string, depends ...string) string {
		text := "<step id='" + id + "'><dependencies>"
		for _, d := range depends {
			text += "<depends step='" + d + "'/>"
		}
		return text + "</dependencies></step>\n"
	}
	for _, tt := range []struct {
		name, xml string
		err       string
		warnings  []string
	}{
		{"the namespace and a step", recipe(step("a")), "", nil},
		{"a prefix", "<m:recipe xmlns:m='" + Namespace + "'><m:steps><m:step id='a'/></m:steps></m:recipe>", "", nil},
		{"no namespace", "<recipe><steps><step id='a'/></steps></recipe>", `recipe.xml line 1: the root element <recipe> has no namespace; add xmlns="http://momotor.org/1.0"`, nil},
		{"no steps", "\n<recipe xmlns='" + Namespace + "'/>", "recipe.xml line 2: the recipe has no steps", nil},
		{"empty steps", recipe(""), "recipe.xml line 1: the recipe has no steps", nil},
		{"steps of another namespace", recipe("<step xmlns='x' id='a'/>"), "recipe.xml line 1: the recipe has no steps", nil},
		{"known steps and tasks", recipe(step("a", "b", "b.0", "b.0.1", "b.$0", "b.$@", "c.1", "c.1.0") + step("b") + step("c.1")), "", nil},
		{"unknown steps", recipe(step("a", "b", "x", "bb", "b", "a.", ".a") + step("b", "y.0")), "", []string{
			"recipe.xml line 2: the step a depends on x, but the recipe has no such step",
			"recipe.xml line 2: the step a depends on bb, but the recipe has no such step",
			"recipe.xml line 2: the step a depends on .a, but the recipe has no such step",
			"recipe.xml line 3: the step b depends on y.0, but the recipe has no such step",
		}},
		{"many numbers", recipe(step("a", "a"+strings.Repeat(".0", maxTaskNumbers), "a"+strings.Repeat(".0", maxTaskNumbers+1))), "", []string{
			"recipe.xml line 2: the step a depends on a" + strings.Repeat(".0", maxTaskNumbers+1) + ", but the recipe has no such step",
		}},
	} {
		b, err := openBundle([]byte(tt.xml))
		if err != nil {
			t.Errorf("%s: Open = %v", tt.name, err)
			continue
		}
		warnings, err := b.CheckRecipe()
		if got := fmt.Sprint(err); err != nil && got != tt.err || (err == nil) != (tt.err == "") || err != nil && !isBundleError(err) {
			t.Errorf("%s: CheckRecipe = %s, want %s", tt.name, got, tt.err)
		}
		if !slices.Equal(warnings, tt.warnings) {
			t.Errorf("%s: warnings %q, want %q", tt.name, warnings, tt.warnings)
		}
	}
}

// The warnings about a recipe are limited.
func TestCheckRecipeWithManyWarnings(t *testing.T) {
	t.Parallel()
	depends := strings.Repeat("<depends step='x'/>", maxWarnings+7)
	b, err := openBundle([]byte("<recipe xmlns='" + Namespace + "'><steps><step id='a'><dependencies>" + depends + "</dependencies></step></steps></recipe>"))
	if err != nil {
		t.Fatal(err)
	}
	warnings, err := b.CheckRecipe()
	if err != nil || len(warnings) != maxWarnings+1 || warnings[maxWarnings] != "7 more dependencies on steps that the recipe does not have" {
		t.Errorf("CheckRecipe = %q, %v, want %d warnings and the number of the others", warnings, err, maxWarnings)
	}
}
