package query

import (
	"database/sql/driver"
	"strings"

	"modernc.org/sqlite"
)

// Contains is the condition that a text contains another one, in upper or lower case. SQLite's lower
// knows ASCII letters only, and PostgreSQL's depends on the locale of the database.
func Contains(text, part string) Clause {
	fold := dialectSQL{"lower(", "fold_case("}
	end := dialectSQL{` COLLATE "und-x-icu")`, ")"}
	return SQL("?(? "+text+" ?, ? CAST(? AS text) ?) > 0", dialectSQL{"strpos", "instr"}, fold, end, fold, part, end)
}

func init() {
	sqlite.MustRegisterDeterministicScalarFunction("fold_case", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		text, _ := args[0].(string)
		return strings.ToLower(text), nil
	})
}
