package graph

import (
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// explainErrors rewrites the messages of CreateOperationContext that do not say what is wrong: those
// about the name of the operation and about variables. It changes errs and returns it.
func explainErrors(op *graphql.OperationContext, errs gqlerror.List) gqlerror.List {
	for _, err := range errs {
		switch {
		case op.Doc != nil && op.Operation == nil:
			err.Message = missingOperation(op)
		case len(err.Path) > 1 && err.Path[0] == ast.PathName("variable"):
			err.Message = fmt.Sprintf("The variable “$%s” is not valid: %s.", err.Path[1:], strings.TrimSuffix(err.Message, "."))
		}
	}
	return errs
}

// missingOperation says why a valid document has no operation to run.
func missingOperation(op *graphql.OperationContext) string {
	if op.OperationName != "" {
		return fmt.Sprintf("The document has no operation “%s”; send the name of one of its operations as “operationName”.", op.OperationName)
	}
	if n := len(op.Doc.Operations); n > 0 {
		return fmt.Sprintf("The document has %d operations; send the name of one of them as “operationName”.", n)
	}
	return "The document has no operation; add a query or a mutation."
}
