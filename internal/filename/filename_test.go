package filename_test

import (
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/filename"
)

func TestSanitize(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.py":                          "a.py",
		"opgave één.py":                 "opgave één.py",
		"../../etc/passwd":              "passwd",
		`C:\temp\a.c`:                   "a.c",
		"a\x00\n.py":                    "a.py",
		"exe\u202efdp.scr":              "exefdp.scr",
		"what?.txt":                     "what_.txt",
		".. ":                           "file",
		"":                              "file",
		"folder/":                       "file",
		strings.Repeat("é", 200) + ".c": strings.Repeat("é", 99) + ".c",
	} {
		if got := filename.Sanitize(name); got != want {
			t.Errorf("Sanitize(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestDjango(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"recipe.zip":                      "recipe.zip",
		"../../etc/passwd":                "passwd",
		`C:\files\my recipe.zip`:          "my_recipe.zip",
		"new recipe é.zip":                "new_recipe_é.zip",
		"a\r\nb\x00\".zip":                "ab.zip",
		"\xff.zip":                        ".zip",
		"..":                              "recipe.zip",
		"/":                               "recipe.zip",
		"":                                "recipe.zip",
		"<>":                              "recipe.zip",
		strings.Repeat("é", 200) + ".zip": strings.Repeat("é", 96) + ".zip",
		strings.Repeat("x", 90) + "." + strings.Repeat("y", 90): strings.Repeat("x", 90) + "." + strings.Repeat("y", 9),
	} {
		if got := filename.Django(name, "recipe.zip"); got != want {
			t.Errorf("Django(%q) = %q, want %q", name, got, want)
		}
	}
}
