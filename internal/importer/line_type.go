package importer

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/momotor/resultgraph/db/transfer"
)

// The types of lines, in the order in which they are imported.
const (
	typeAccount    = "account"
	typeCourse     = "course"
	typeSection    = "section"
	typeUser       = "user"
	typeEnrollment = "enrollment"
	typeAssignment = "assignment"
	typeResult     = "result"
	typeAPIKey     = "api_key"
)

// itemTypes returns the types of the import format.
func itemTypes() []string {
	return []string{typeAccount, typeCourse, typeSection, typeUser, typeEnrollment, typeAssignment, typeResult, typeAPIKey}
}

// lineTypes returns all types of lines: also the header of an export, and the tables whose rows it has.
var lineTypes = sync.OnceValue(func() []string {
	types := append([]string{TypeExport}, itemTypes()...)
	for _, table := range transfer.Tables() {
		types = append(types, table.Name)
	}
	return types
})

// lineType returns the type of a line, or "" when the type is unknown. It does not check
// whether the line is valid JSON.
func lineType(l line) string {
	value := member(l.text, "type")
	for _, typ := range lineTypes() {
		if len(value) == len(typ)+2 && value[0] == '"' && string(value[1:len(value)-1]) == typ {
			return typ
		}
	}
	return ""
}

// typeError returns what is wrong with a line for which lineType returns "".
func typeError(l line) error {
	if l.tooLong {
		return fmt.Errorf("the line is longer than %d MB; move its details to a results bundle", maxLineBytes>>20)
	}
	o, err := parseObject(l.text)
	if err != nil {
		return err
	}
	if lineType(l) == TypeExport {
		return errors.New("only the first line can have the type export")
	}
	known := itemTypes()
	required(o, "type", func(v []byte) (string, error) {
		return "", errors.New("must be " + orList(known))
	})
	return o.validate(true)
}

// itemName names an item by its type and the parts of its natural key that the line has.
func itemName(typ string, text []byte) string {
	var parts []string
	for _, name := range naturalKeyFields(typ) {
		value := member(text, name)
		if len(value) > 100 || string(value) == "null" {
			continue
		}
		if name == "prefix" { // a whole key in place of its prefix must not appear in the report
			value, _, _ = bytes.Cut(value, []byte("."))
		}
		if unquoted := strings.Trim(string(value), `"`); unquoted != "" {
			parts = append(parts, strings.TrimPrefix(name, "canvas_")+" "+unquoted)
		}
	}
	return strings.TrimSuffix(strings.ReplaceAll(typ, "_", " ")+": "+strings.Join(parts, ", "), ": ")
}

// naturalKeyFields lists the fields that identify an item of a type, outermost first.
func naturalKeyFields(typ string) []string {
	switch typ {
	case typeAccount:
		return []string{"canvas_guid"}
	case typeCourse, typeSection, typeUser:
		return []string{"account", "canvas_id"}
	case typeEnrollment:
		return []string{"account", "course", "user", "role", "section"}
	case typeAssignment:
		return []string{"account", "course", "canvas_id"}
	case typeResult:
		return []string{"account", "course", "assignment", "user", "attempt"}
	case typeAPIKey:
		return []string{"prefix"}
	}
	return nil
}
