package rest

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

//go:embed operations/*.graphql
var operationFiles embed.FS

// An operation is one of the GraphQL operations in the folder operations.
type operation struct {
	*ast.OperationDefinition
	// document is the whole text of its file.
	document string
}

// operations maps names to operations.
type operations map[string]*operation

// auxiliaryOperations are the operations that no route names: responders run them in addition to
// the route's operation, and BundleHandler runs Bundle.
var auxiliaryOperations = []string{"AssignmentVersion", "Bundle", "ResultListMore", "ResultTableRows"}

func missingOperation(name string) error {
	return fmt.Errorf("operation %s is missing from rest/operations", name)
}

// loadOperations reads the operations and checks them against the schema. Each needs the directive
// @lowerCaseEnums: GraphQL has enum values in upper case, the contract in lower case.
func loadOperations(schema *ast.Schema) (operations, error) {
	names, err := fs.Glob(operationFiles, "operations/*.graphql")
	if err != nil {
		return nil, err
	}
	ops := operations{}
	for _, name := range names {
		text, err := operationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := ops.add(schema, &ast.Source{Name: name, Input: string(text)}); err != nil {
			return nil, err
		}
	}
	return ops, nil
}

// add adds the operations of one file, which is a complete GraphQL document.
func (ops operations) add(schema *ast.Schema, source *ast.Source) error {
	doc, err := parser.ParseQuery(source)
	if err != nil {
		return err
	}
	if errs := validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()); len(errs) > 0 {
		return errs
	}
	for _, op := range doc.Operations {
		if op.Directives.ForName("lowerCaseEnums") == nil {
			return fmt.Errorf("%s: operation %s needs the directive @lowerCaseEnums, since the contract has lower-case values", source.Name, op.Name)
		}
		if ops[op.Name] != nil {
			return fmt.Errorf("%s: duplicate operation %q", source.Name, op.Name)
		}
		ops[op.Name] = &operation{op, source.Input}
	}
	return nil
}
