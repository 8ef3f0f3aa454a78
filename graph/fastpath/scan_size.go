package fastpath

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// ScanSize returns the number of rows that figures read for one parent of a field, as the schema declares with
// the directive @scanSize, or 0 if it declares none.
func ScanSize(def *ast.FieldDefinition) int {
	d := def.Directives.ForName("scanSize")
	if d == nil {
		return 0
	}
	n, _ := strconv.Atoi(d.Arguments.ForName("assumedRows").Value.Raw)
	return n
}

// scanSize returns the number of rows that the figures or the analysis of a level read for one parent, 0 for
// other levels.
func (lv *level) scanSize() int {
	switch {
	case lv.figure != nil && lv.figure.list != nil:
		return ScanSize(lv.figure.list.field.Definition)
	case lv.figure != nil || lv.relation.Analysis != nil:
		return ScanSize(lv.field.Definition)
	}
	return 0
}
