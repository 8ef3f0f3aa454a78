package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"
)

// An environment returns the value of an environment variable, "" if it is not set.
type environment func(name string) string

// withConfigFile returns an environment that falls back to the file of --config.
func withConfigFile(args []string, getenv environment) (environment, error) {
	path := getenv("RESULTGRAPH_CONFIG")
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--config="); ok {
			path = value
		} else if arg == "--config" && i+1 < len(args) {
			path = args[i+1]
		}
	}
	if path == "" {
		return getenv, nil
	}
	values, err := godotenv.Read(path)
	if err != nil {
		return nil, fmt.Errorf("read the settings in %s: %w", path, err)
	}
	return func(name string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return values[name]
	}, nil
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
