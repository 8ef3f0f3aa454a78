// Package demo generates demo data in the import format: two fictitious
// institutions with the programming courses of one quarter.
package demo

import "iter"

// The size of every data set, independent of its options.
const (
	Accounts    = 2
	Courses     = 5
	Assignments = 30
	Users       = 200
	MinSteps    = 3  // minimum number of steps of a finished result
	MaxSteps    = 12 // maximum number of tasks of a finished result
)

// The sample for documentation: this student failed attempt 1 of this
// assignment and passed attempt 2, and all bundles of both exist.
const (
	SampleAccount    = 1    // id
	SampleCourse     = 1001 // Canvas id
	SampleAssignment = 501  // Canvas id
	SampleUser       = 9001 // Canvas id
)

// Manifest is the name of the manifest, which lists all other files.
const Manifest = "manifest.jsonl"

// Options choose a data set.
type Options struct {
	Seed    uint64 // selects the results; users and courses are always the same
	Results int    // exact number of results, at most 20,000
}

// DefaultOptions returns options for 2,500 results of every kind, in 4,600 files
// of 9 MB in total.
func DefaultOptions() Options { return Options{Seed: 1, Results: 2500} }

// Files generates the files of a data set: slash-separated paths in the import
// folder, and contents, which the caller may keep. The manifest is the last
// file. Equal options give equal bytes with the same version of Go.
func Files(options Options) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		g := newGenerator(options, yield)
		if g.writeAll() {
			yield(Manifest, g.manifest.Bytes())
		}
	}
}
