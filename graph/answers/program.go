package answers

import (
	"crypto/rand"
	"runtime/debug"
	"strings"
)

// ThisProgram identifies the program that runs, so that no other program confirms its answers: by the
// version or the commit that it was built from. A program that was built from changed files, or in another
// way, gets another text each time that it starts.
func ThisProgram() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return rand.Text()
	}
	if info.Main.Sum != "" {
		return info.Main.Version + " " + info.Main.Sum
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["vcs.revision"] == "" || settings["vcs.modified"] != "false" {
		return rand.Text()
	}
	return strings.Join([]string{settings["vcs.revision"], info.GoVersion, settings["GOOS"], settings["GOARCH"]}, " ")
}
