package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"
)

// An environment returns the value of an environment variable, "" if it is not set.
type environment func(name string) string

// withConfigFile returns an environment that falls back to the file of --config, and the names of the
// variables in the file.
func withConfigFile(args []string, getenv environment) (env environment, names []string, err error) {
	path := getenv("RESULTGRAPH_CONFIG")
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--config="); ok {
			path = value
		} else if arg == "--config" && i+1 < len(args) {
			path = args[i+1]
		}
	}
	if path == "" {
		return getenv, nil, nil
	}
	values, err := godotenv.Read(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the settings in %s: %w", path, err)
	}
	return func(name string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return values[name]
	}, slices.Sorted(maps.Keys(values)), nil
}

// checkNames returns an error for a name in the file of --config that is the variable of no flag.
func checkNames(model *kong.Application, names []string) error {
	known := map[string]bool{}
	addVariables(known, model.Node)
	for _, name := range names {
		if !known[name] {
			return fmt.Errorf("the file of --config sets %s, which is no setting: see docs/settings.md or --help for their names", name)
		}
	}
	return nil
}

// addVariables adds the variables of the flags of a command and its subcommands.
func addVariables(names map[string]bool, node *kong.Node) {
	for _, f := range node.Flags {
		if hasVariable(f.Value) && f.Name != "config" {
			names[variableName(f.Name)] = true
		}
	}
	for _, child := range node.Children {
		addVariables(names, child)
	}
}

// variableName returns the environment variable of a flag: --max-page-size is
// RESULTGRAPH_MAX_PAGE_SIZE.
func variableName(flag string) string {
	return "RESULTGRAPH_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// hasVariable reports whether a flag has a variable. Flags that confirm or describe one change have none,
// so that it is always on the command line; their tag is env:"-".
func hasVariable(flag *kong.Value) bool {
	return flag.Name != "help" && !slices.Contains(flag.Tag.Envs, "-")
}

// variableResolver sets flags that are not on the command line from their variables.
func variableResolver(getenv environment) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if v := getenv(variableName(flag.Name)); v != "" && hasVariable(flag.Value) {
			return v, nil
		}
		return nil, nil
	})
}

// helpWithVariable appends the variable of a flag to its help.
func helpWithVariable(v *kong.Value) string {
	if v.Flag == nil || !hasVariable(v) {
		return v.Help
	}
	help := kong.DefaultHelpValueFormatter(v)
	return strings.TrimSuffix(help, ".") + " [$" + variableName(v.Name) + "]."
}
