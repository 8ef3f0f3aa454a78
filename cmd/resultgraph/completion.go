package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string   `arg:"" enum:"bash,zsh,fish,words" help:"Shell: bash, zsh or fish."`
	Words []string `arg:"" optional:"" passthrough:"" hidden:""`
}

// completionScripts make a shell ask “completion words” for the continuations of a command line.
var completionScripts = map[string]string{
	"bash": `_resultgraph() { mapfile -t COMPREPLY < <(resultgraph completion words "${COMP_WORDS[@]:1:COMP_CWORD}"); }
complete -o default -F _resultgraph resultgraph
`,
	"zsh": `#compdef resultgraph
_resultgraph() { local -a found; found=("${(@f)$(resultgraph completion words "${(@)words[2,CURRENT]}")}"); compadd -a found; _files }
compdef _resultgraph resultgraph
`,
	"fish": `complete -c resultgraph -a '(resultgraph completion words (commandline -opc)[2..] (commandline -ct))'
`,
}

// Run prints the script of a shell, or the continuations of the last word of a command line.
func (cmd *completionCommand) Run(c *console, parser *kong.Kong) error {
	if script, ok := completionScripts[cmd.Shell]; ok {
		fmt.Fprint(c.out, script)
		return nil
	}
	for _, word := range completions(parser.Model.Node, cmd.Words) {
		fmt.Fprintln(c.out, word)
	}
	return nil
}

// completions returns the commands, flags and values of flags that continue the last of the words of a
// command line.
func completions(root *kong.Node, words []string) (found []string) {
	if len(words) == 0 {
		words = []string{""}
	}
	before, last := words[:len(words)-1], words[len(words)-1]
	node, flags := root, slices.Clone(root.Flags)
	for _, word := range before {
		if child := childNamed(node, word); child != nil {
			node, flags = child, append(flags, child.Flags...)
		}
	}
	for _, child := range node.Children {
		found = append(found, child.Name)
	}
	for _, f := range flags {
		found = append(found, "--"+f.Name)
		if len(before) > 0 && before[len(before)-1] == "--"+f.Name && f.Enum != "" {
			found = strings.Split(f.Enum, ",")
			break
		}
	}
	return slices.DeleteFunc(found, func(word string) bool { return !strings.HasPrefix(word, last) })
}

func childNamed(node *kong.Node, name string) *kong.Node {
	for _, child := range node.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}
