package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// The README's table has every setting, with its variable and its default.
func TestReadmeListsSettings(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var settings struct {
		Settings
		ServeSettings
	}
	parser, err := kong.New(&settings)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, flag := range parser.Model.Flags {
		if flag.Name == "help" {
			continue
		}
		rows++
		value := ""
		if flag.Default != "" {
			value = "`" + flag.Default + "`"
		}
		row := fmt.Sprintf("| `--%s` | `%s` | %s | %s |", flag.Name, variable(flag.Name), value, flag.Help)
		if !strings.Contains(string(readme), row) {
			t.Errorf("the README lacks the row\n%s", row)
		}
	}
	if listed := strings.Count(string(readme), "| `--"); listed != rows {
		t.Errorf("the README lists %d settings, there are %d", listed, rows)
	}
}
