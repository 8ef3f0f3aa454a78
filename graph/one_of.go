package graph

import (
	"fmt"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// checkOneOf rejects variables that have an invalid @oneOf input object. Such an object must have
// exactly one field, and the field must not be null. The validator of gqlparser checks only
// literals.
func checkOneOf(s *ast.Schema, op *graphql.OperationContext) *gqlerror.Error {
	for _, v := range op.Operation.VariableDefinitions {
		path := invalidOneOfPath(s, v.Type, op.Variables[v.Variable], "$"+v.Variable)
		if path == "" {
			continue
		}
		err := gqlerror.ErrorPosf(v.Position, "“%s” must have exactly one field, and its value must not be null.", path)
		errcode.Set(err, errcode.ValidationFailed)
		return err
	}
	return nil
}

// invalidOneOfPath returns the path of the first invalid @oneOf input object, or "".
func invalidOneOfPath(s *ast.Schema, t *ast.Type, value any, path string) string {
	if list := reflect.ValueOf(value); t.Elem != nil && list.Kind() == reflect.Slice {
		for i := range list.Len() {
			if invalid := invalidOneOfPath(s, t.Elem, list.Index(i).Interface(), fmt.Sprintf("%s[%d]", path, i)); invalid != "" {
				return invalid
			}
		}
		return ""
	}
	def := s.Types[t.Name()]
	fields, ok := value.(map[string]any)
	if !ok || def == nil || def.Kind != ast.InputObject {
		return ""
	}
	oneOf := def.Directives.ForName("oneOf") != nil
	if oneOf && len(fields) != 1 {
		return path
	}
	for _, f := range def.Fields {
		v, ok := fields[f.Name]
		if oneOf && ok && v == nil {
			return path
		}
		if invalid := invalidOneOfPath(s, f.Type, v, path+"."+f.Name); invalid != "" {
			return invalid
		}
	}
	return ""
}
