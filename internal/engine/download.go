package engine

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// maxDamaged is the maximum number of damaged downloads.
const maxDamaged = 3

// errDamaged is the error for content that differs from the announced hash or size.
var errDamaged = errors.New("the downloaded results are damaged")

// fetchResults downloads the results of a finished job. It repeats damaged downloads.
func (j *job) fetchResults(ctx context.Context) (*Results, error) {
	var retry backoff
	for {
		r, err := j.download(ctx)
		switch {
		case isException(err, brokerpb.ExceptionType_ASSET_NOT_FOUND):
			return nil, newJobFailed("the job finished without results")
		case !errors.Is(err, errDamaged):
			return r, j.checkForgotten(ctx, err)
		}
		if j.damaged++; j.damaged == maxDamaged {
			return nil, err
		}
		if err := retry.wait(ctx); err != nil {
			return nil, err
		}
	}
}

// download downloads the results into a file and checks them.
func (j *job) download(ctx context.Context) (r *Results, err error) {
	err = j.call(ctx, "download the results", func(ctx context.Context, _ *session) error {
		return withStallTimeout(ctx, func(ctx context.Context, alive func()) error {
			f, err := createTemp(j.dir)
			if err != nil {
				return err
			}
			format, err := j.receive(ctx, f, alive)
			if err != nil {
				_ = discard(f)
				return err
			}
			r, err = newResults(f, format)
			return err
		})
	})
	return r, err
}

// receive writes the results to f and returns their format.
func (j *job) receive(ctx context.Context, f *os.File, alive func()) (Format, error) {
	stream, err := j.client.DownloadAsset(ctx)
	if err != nil {
		return 0, err
	}
	_ = stream.Send(&brokerpb.DownloadAssetRequest{JobId: j.id, Request: &brokerpb.DownloadAssetRequest_Query{
		Query: &brokerpb.AssetQuery{Category: brokerpb.Category_RESULT},
	}})
	a, err := stream.Recv() // which also returns the error of a failed Send
	if err == nil {
		err = exceptionError(a.GetException())
	}
	if err != nil {
		return 0, err
	}
	alive()
	data := a.GetData()
	want, err := parseMultihash(data.GetHash())
	if err != nil {
		return 0, fmt.Errorf("the broker announces results with an unusable hash: %w", err)
	}
	accepted := int64(data.GetSize()) <= j.submission.MaxResultSize && data.GetSize() < 1<<62
	_ = stream.Send(&brokerpb.DownloadAssetRequest{Request: &brokerpb.DownloadAssetRequest_Accepted{Accepted: accepted}})
	_ = stream.CloseSend()
	if !accepted {
		return 0, fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, data.GetSize(), j.submission.MaxResultSize)
	}
	w := &verifier{want: want, left: int64(data.GetSize()), to: f}
	if err := w.copyFrom(stream, alive); err != nil {
		return 0, err
	}
	return formatOf(data, f)
}

// A verifier writes content and compares it with the announced hash and size.
type verifier struct {
	want multihash
	left int64
	sum  hash.Hash
	to   io.Writer
}

// copyFrom copies the chunks of the stream, or the content in an identity hash.
func (v *verifier) copyFrom(stream brokerpb.Client_DownloadAssetClient, alive func()) error {
	if v.want.code == identity {
		if int64(len(v.want.digest)) != v.left {
			return fmt.Errorf("%w: %d bytes instead of %d", errDamaged, len(v.want.digest), v.left)
		}
		return v.write([]byte(v.want.digest))
	}
	v.sum = hashes[v.want.code]()
	for v.left > 0 {
		a, err := stream.Recv()
		if err == io.EOF {
			return fmt.Errorf("%w: %d bytes are missing", errDamaged, v.left)
		}
		if err == nil {
			err = exceptionError(a.GetException())
		}
		if err != nil {
			return err
		}
		alive()
		chunk := a.GetChunk()
		if len(chunk) == 0 { // prevents an endless loop
			return fmt.Errorf("%w: a chunk is empty", errDamaged)
		}
		v.sum.Write(chunk)
		if v.left -= int64(len(chunk)); v.left < 0 {
			return fmt.Errorf("%w: %d bytes more than announced", errDamaged, -v.left)
		}
		if err := v.write(chunk); err != nil {
			return err
		}
	}
	if string(v.sum.Sum(nil)) != v.want.digest {
		return fmt.Errorf("%w: the hash differs", errDamaged)
	}
	return nil
}

func (v *verifier) write(b []byte) error {
	if _, err := v.to.Write(b); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

// formatOf returns the format that the broker announces, or else that of the content.
func formatOf(data *brokerpb.AssetData, f *os.File) (Format, error) {
	switch data.GetFormat() {
	case brokerpb.AssetFormat_XML:
		return XML, nil
	case brokerpb.AssetFormat_ZIP:
		return ZIP, nil
	}
	start := make([]byte, 4)
	n, err := f.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return 0, fmt.Errorf("write results: %w", err)
	}
	if strings.HasPrefix(string(start[:n]), "PK\x03\x04") {
		return ZIP, nil
	}
	return XML, nil
}
