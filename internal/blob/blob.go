// Package blob stores bundles as immutable blobs that are addressed by the SHA-256 of their
// content.
package blob

import (
	"context"
	"io"
	"time"
)

// A Store stores blobs. It is safe for concurrent use.
//
// Database rows refer to blobs, never the other way around. Deleting a row does not delete
// its blob, because another row may refer to the same content; only Sweep removes blobs.
// Therefore a writer must first Put and then commit its row, within the time that Sweep
// spares new blobs. A row that copies the digest of another row, without a Put, must be
// committed while that other row exists.
//
// An S3 bucket can implement the interface: Put writes a temporary file, because the key is
// known only at the end of the stream, and then uploads it; an existing key is copied onto
// itself, which updates its LastModified; Open reads by ranged GETs; PlanSweep walks
// ListObjectsV2, whose LastModified is the age, and Sweep deletes with a condition on it. Stale
// temporary files are unfinished multipart uploads.
type Store interface {
	// Put stores the content of r and returns its digest and its size in bytes. When it
	// returns without an error the content is durable. Content that exists already is not
	// written again, unless it is damaged, but counts as new for Sweep. After an error no content
	// has become visible; a failure of r is a *ReadError. Put does not limit the size.
	Put(ctx context.Context, r io.Reader) (Digest, int64, error)

	// Open returns the content of d, which the caller must close. The error is an
	// fs.ErrNotExist if d is not stored, and an ErrDamaged if it does not have size bytes. An open
	// blob stays readable even if Sweep removes it.
	Open(ctx context.Context, d Digest, size int64) (Blob, error)

	// PlanSweep finds the blobs whose last Put was before the given time and that no row refers to.
	// It calls uses with some hundreds of digests at a time. The time from a Put to the commit of its
	// row must never exceed the age of before; a day is ample.
	PlanSweep(ctx context.Context, before time.Time, uses Uses) (*SweepPlan, error)

	// Sweep carries out a plan, except for blobs that were Put again since, and removes the temporary
	// files of killed processes. It returns the digests that went to the trash or were deleted, also
	// after an error.
	Sweep(ctx context.Context, plan *SweepPlan) (swept []Digest, err error)
}

// A Blob is the content of one digest, open for reading. It never changes. Reads in one go from the
// start to the end verify the SHA-256: the last bytes are only returned if the content is not damaged,
// and the error is an ErrDamaged if it is. Other reads, such as those of a range, do not verify it.
type Blob interface {
	io.ReadSeeker
	io.ReaderAt
	io.Closer
	// Size is the length of the content in bytes.
	Size() int64
}
