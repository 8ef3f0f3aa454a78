package graph

import (
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
)

func TestFileName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ sent, want string }{
		{"recipe.zip", "recipe.zip"},
		{"../../etc/passwd", "passwd"},
		{`C:\files\my recipe.zip`, "my_recipe.zip"},
		{"new recipe é.zip", "new_recipe_é.zip"},
		{"a\r\nb\x00\".zip", "ab.zip"},
		{"\xff.zip", ".zip"},
		{"..", "recipe.zip"},
		{"/", "recipe.zip"},
		{"", "recipe.zip"},
		{"<>", "recipe.zip"},
		{strings.Repeat("é", 200) + ".zip", strings.Repeat("é", 96) + ".zip"},
		{strings.Repeat("x", 90) + "." + strings.Repeat("y", 90), strings.Repeat("x", 90) + "." + strings.Repeat("y", 9)},
	} {
		if got := fileName(tt.sent, "recipe", db.FormatZip); got != tt.want {
			t.Errorf("fileName(%q) = %q, want %q", tt.sent, got, tt.want)
		}
	}
}
