package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
)

// listFlags are the flags of the commands that list rows.
type listFlags struct {
	JSON bool `name:"json" env:"-" help:"Print a JSON array with an object for each row."`
}

// A listRow is a row of a list. Its JSON has the same values, with times as in RFC 3339 and null for those
// that are not set.
type listRow interface{ cells() []string }

// printList prints a table, or JSON if --json is set.
func printList[T listRow](c *console, flags listFlags, header string, rows []T) error {
	if flags.JSON {
		if rows == nil {
			rows = []T{} // not null
		}
		out := json.NewEncoder(c.out)
		out.SetIndent("", "  ")
		return out.Encode(rows)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, header)
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join(r.cells(), "\t"))
	}
	return w.Flush()
}
