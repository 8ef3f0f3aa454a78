package graph

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// objectLiterals is a validation rule that rejects object literals for scalars, except JSON, and enums. The rule
// ValuesOfCorrectType of gqlparser accepts them, so that decoding the argument would fail.
var objectLiterals = core.Rule{Name: "ObjectLiterals", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, v *ast.Value) {
		if v.Kind == ast.ObjectValue && v.Definition != nil && v.Definition.Kind != ast.InputObject && v.Definition.Name != "JSON" {
			addError(core.Message(`Expected value of type "%s", found an object.`, v.Definition.Name), core.At(v.Position))
		}
	})
}}
