package check

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Free space and files of a file system below which a finding is a warning or a failure.
const (
	littleSpace, noSpace = 2 << 30, 256 << 20 // bytes
	fewFiles, noFiles    = 100_000, 1000
)

// Disk checks that the file system of a folder has space for more files.
func Disk(subject, folder string) Finding {
	var fs unix.Statfs_t
	if err := unix.Statfs(folder, &fs); err != nil {
		return fail("disk", "check that the folder exists and that its volume is mounted", "read the free space of %s: %v", folder, err).about(subject)
	}
	return diskFinding(folder, uint64(fs.Bavail)*uint64(fs.Bsize), fs.Ffree, fs.Files > 0).about(subject)
}

// diskFinding returns the finding about a file system with free bytes and files; some do not limit the files.
func diskFinding(folder string, space, files uint64, limitsFiles bool) Finding {
	found := fmt.Sprintf("%s has %s free", folder, SizeText(int64(min(space, 1<<62))))
	if limitsFiles {
		found += fmt.Sprintf(" and room for %d files", files)
	}
	switch {
	case space < noSpace || limitsFiles && files < noFiles:
		return fail("disk", "free space or enlarge the volume now", "%s", found)
	case space < littleSpace || limitsFiles && files < fewFiles:
		return warn("disk", "free space or enlarge the volume", "%s", found)
	}
	return ok("disk", "%s", found)
}
