// Package blob keeps the bundles: immutable byte strings, each under the
// SHA-256 of its content.
package blob

import (
	"context"
	"io"
	"time"
)

// Store is a place where blobs lie. All of it may be used by several
// goroutines at once.
//
// Rows refer to blobs, never the other way around, and deleting a row leaves
// its blob alone: another row may hold the same content. Only Sweep removes.
// For that to be safe a writer keeps to one order: Put, and then commit the
// row, within the time that Sweep is told to spare. A row that takes its digest
// from another row, without a Put, must be committed while that other row is
// still there.
//
// The interface asks for nothing that a bucket of the S3 kind lacks. There,
// Put spools to a temporary file, because the key is known only at the end of
// the stream, and then uploads; a key that exists is copied onto itself, which
// renews its LastModified; Open reads by ranged GETs; Sweep walks
// ListObjectsV2, whose LastModified is the age, and deletes with a condition
// on it. Stale temporary files are unfinished multipart uploads.
type Store interface {
	// Put stores what r holds and returns its digest and its size in bytes.
	// When it returns without an error the content is durable. Content that is
	// there already is not written again, but counts as new for Sweep. After
	// an error, one of r's own included, nothing has become visible. Put
	// stores any size: pass it a [Limit].
	Put(ctx context.Context, r io.Reader) (Digest, int64, error)

	// Open returns the content of d, to be closed by the caller. The error is
	// an fs.ErrNotExist when d is not stored. An open blob stays readable
	// whatever Sweep does.
	Open(ctx context.Context, d Digest) (Blob, error)

	// Sweep removes the blobs that were last Put before the given moment and
	// that nothing refers to, and what broken-off Puts left behind. It asks
	// referenced about some hundreds of digests at a time: the answer is true
	// for those that a committed row names. It returns how many blobs it
	// removed, also when it stops at an error. The moment must lie further
	// back than the longest time from a Put to the commit of its row; a day is
	// ample.
	Sweep(ctx context.Context, before time.Time, referenced Referenced) (removed int, err error)
}

// Referenced says which of some digests are in use; a digest that is not in
// the map is not.
type Referenced func(context.Context, []Digest) (map[Digest]bool, error)

// Blob is the content of one digest, open for reading. It never changes.
type Blob interface {
	io.ReadSeeker
	io.ReaderAt
	io.Closer
	// Size is the length of the content in bytes.
	Size() int64
}
