// Package demo makes a data set to try resultgraph with: two invented
// institutions and a quarter of their programming courses, in the import
// format, so that it goes in by the same road as real data. Nobody in it exists.
package demo

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
)

// What every data set holds, whatever its options.
const (
	Accounts    = 2
	Courses     = 5
	Assignments = 30
	Users       = 200
	MinSteps    = 3  // steps of a result that is done, at least
	MaxSteps    = 12 // tasks of all its steps together, at most
)

// A place to start from, for examples: this student of this assignment failed
// at attempt 1 and passed at attempt 2, whose bundles are all there.
const (
	SampleAccount    = 1    // id
	SampleCourse     = 1001 // and on: Canvas ids
	SampleAssignment = 501
	SampleUser       = 9001
)

// Manifest is the name of the file that lists everything else.
const Manifest = "manifest.jsonl"

// Options choose a data set.
type Options struct {
	Seed    uint64 // another seed gives other results to the same people
	Results int    // how many, exactly; past 20,000 none is added
}

// DefaultOptions asks for 2,500 results, of every kind: 4,600 files that have 9 MB together.
func DefaultOptions() Options { return Options{Seed: 1, Results: 2500} }

// Files generates the files of a data set: slash-separated paths within the
// import folder and contents, which the caller may keep. The manifest comes
// last. Equal options give equal bytes, as long as Go's compressors stay as
// they are; neither the clock nor the machine plays a part.
func Files(opt Options) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		g := newGenerator(opt, yield)
		if g.run() {
			yield(Manifest, g.manifest.Bytes())
		}
	}
}

// Write writes a data set into dir, which it creates. The manifest is written
// last, so a folder that has one is complete. Files that were there already
// stay, or are overwritten. Only the owner may read what it writes. Where
// making files is slow, [WriteZip] is faster.
func Write(ctx context.Context, dir string, opt Options) error {
	made := map[string]bool{}
	for name, content := range Files(opt) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("write demo data: %w", err)
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if folder := filepath.Dir(path); !made[folder] {
			if err := os.MkdirAll(folder, 0o700); err != nil {
				return fmt.Errorf("write demo data: %w", err)
			}
			made[folder] = true
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return fmt.Errorf("write demo data: %w", err)
		}
	}
	return nil
}
