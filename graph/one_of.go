package graph

import (
	"fmt"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// checkOneOf rejects variables with an input object of @oneOf that has not exactly one field,
// or a null in it. The validator checks the literals of the document, and no variables.
func checkOneOf(s *ast.Schema, op *graphql.OperationContext) *gqlerror.Error {
	for _, v := range op.Operation.VariableDefinitions {
		path := brokenOneOf(s, v.Type, op.Variables[v.Variable], "$"+v.Variable)
		if path == "" {
			continue
		}
		err := gqlerror.ErrorPosf(v.Position, "“%s” must have exactly one field, and its value must not be null", path)
		errcode.Set(err, errcode.ValidationFailed)
		return err
	}
	return nil
}

// brokenOneOf returns the path of the first value of @oneOf that is not valid, or "".
func brokenOneOf(s *ast.Schema, t *ast.Type, value any, path string) string {
	if list := reflect.ValueOf(value); t.Elem != nil && list.Kind() == reflect.Slice {
		for i := range list.Len() {
			if broken := brokenOneOf(s, t.Elem, list.Index(i).Interface(), fmt.Sprintf("%s[%d]", path, i)); broken != "" {
				return broken
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
		v, given := fields[f.Name]
		if oneOf && given && v == nil {
			return path
		}
		if broken := brokenOneOf(s, f.Type, v, path+"."+f.Name); broken != "" {
			return broken
		}
	}
	return ""
}
