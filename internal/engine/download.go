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

// maxDamaged is how often results may arrive damaged.
const maxDamaged = 3

// errDamaged says that a content is not the one that was announced.
var errDamaged = errors.New("the results have arrived damaged")

// fetch downloads the results of a job that has finished, once more when they are damaged.
func (j *job) fetch(ctx context.Context) (*Results, error) {
	var away retreat
	for {
		r, err := j.download(ctx)
		switch {
		case isException(err, brokerpb.ExceptionType_ASSET_NOT_FOUND):
			return nil, failed("it finished without results")
		case !errors.Is(err, errDamaged):
			return r, j.orForgotten(ctx, err)
		}
		if j.damaged++; j.damaged == maxDamaged {
			return nil, err
		}
		if err := away.pause(ctx); err != nil {
			return nil, err
		}
	}
}

// download puts the results into a file and checks them.
func (j *job) download(ctx context.Context) (r *Results, err error) {
	err = j.call(ctx, "fetch the results", func(ctx context.Context, _ *session) error {
		return transfer(ctx, func(ctx context.Context, alive func()) error {
			f, err := spool(j.dir)
			if err != nil {
				return err
			}
			format, err := j.receive(ctx, f, alive)
			if err != nil {
				_ = discard(f)
				return err
			}
			r, err = keep(f, format)
			return err
		})
	})
	return r, err
}

// receive writes the results to a file.
func (j *job) receive(ctx context.Context, f *os.File, alive func()) (Format, error) {
	stream, err := j.client.DownloadAsset(ctx)
	if err != nil {
		return 0, err
	}
	_ = stream.Send(&brokerpb.DownloadAssetRequest{JobId: j.id, Request: &brokerpb.DownloadAssetRequest_Query{
		Query: &brokerpb.AssetQuery{Category: brokerpb.Category_RESULT},
	}})
	a, err := stream.Recv() // which also tells why Send failed
	if err == nil {
		err = inBand(a.GetException())
	}
	if err != nil {
		return 0, err
	}
	alive()
	data := a.GetData()
	want, err := parseMultihash(data.GetHash())
	if err != nil {
		return 0, fmt.Errorf("the broker announces results that can not be checked: %w", err)
	}
	accepted := int64(data.GetSize()) <= j.work.Limit && data.GetSize() < 1<<62
	_ = stream.Send(&brokerpb.DownloadAssetRequest{Request: &brokerpb.DownloadAssetRequest_Accepted{Accepted: accepted}})
	_ = stream.CloseSend()
	if !accepted {
		return 0, fmt.Errorf("%w: %d bytes where %d are", ErrTooLarge, data.GetSize(), j.work.Limit)
	}
	w := &verifier{want: want, left: int64(data.GetSize()), to: f}
	if err := w.all(stream, alive); err != nil {
		return 0, err
	}
	return formatOf(data, f)
}

// A verifier writes content and finds out whether it is the right one.
type verifier struct {
	want multihash
	left int64
	sum  hash.Hash
	to   io.Writer
}

// all takes the pieces from the stream, or the content from its own hash.
func (v *verifier) all(stream brokerpb.Client_DownloadAssetClient, alive func()) error {
	if v.want.code == identity {
		if int64(len(v.want.digest)) != v.left {
			return fmt.Errorf("%w: %d bytes where %d were announced", errDamaged, len(v.want.digest), v.left)
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
			err = inBand(a.GetException())
		}
		if err != nil {
			return err
		}
		alive()
		chunk := a.GetChunk()
		if len(chunk) == 0 { // it would go on for ever
			return fmt.Errorf("%w: a piece has no bytes", errDamaged)
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
		return fmt.Errorf("%w: their hash is another", errDamaged)
	}
	return nil
}

func (v *verifier) write(b []byte) error {
	if _, err := v.to.Write(b); err != nil {
		return fmt.Errorf("keep results: %w", err)
	}
	return nil
}

// formatOf is the format that the broker names, or else the one that the content shows.
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
		return 0, fmt.Errorf("keep results: %w", err)
	}
	if strings.HasPrefix(string(start[:n]), "PK\x03\x04") {
		return ZIP, nil
	}
	return XML, nil
}
