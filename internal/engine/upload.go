package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// maxChunk is the maximum size of a chunk in bytes.
const maxChunk = 8 << 20

// upload uploads an asset to the broker.
func (j *job) upload(ctx context.Context, p assetUpload) error {
	return j.call(ctx, fmt.Sprintf("upload the %s %q", p.category, p.Name), func(ctx context.Context, s *session) error {
		hash, err := p.hash(ctx, s.info)
		if err != nil {
			return err
		}
		return withStallTimeout(ctx, func(ctx context.Context, alive func()) error {
			stream, err := j.client.UploadAsset(ctx)
			if err != nil {
				return err
			}
			_ = stream.Send(&brokerpb.UploadAssetRequest{JobId: j.id, Request: p.header(hash)})
			if has, err := selected(stream); err != nil || has {
				return err
			}
			if hash.code == identity {
				return errors.New("the broker rejects an identity hash")
			}
			alive()
			if err := p.send(ctx, stream, s.info, alive); err != nil {
				return err
			}
			has, err := selected(stream)
			if err == nil && !has {
				err = errors.New("the broker received all content and does not accept it")
			}
			return err
		})
	})
}

// selected reads a response and reports whether the broker has the content. It also returns the
// error of a failed Send.
func selected(stream brokerpb.Client_UploadAssetClient) (bool, error) {
	a, err := stream.Recv()
	if err != nil {
		return false, err
	}
	return a.GetAssetSelected(), exceptionError(a.GetException())
}

// send sends the content in chunks. It stops early if the broker no longer receives them.
func (p *assetUpload) send(ctx context.Context, stream brokerpb.Client_UploadAssetClient, info *brokerpb.ServerInfoResponse, alive func()) error {
	err := p.readChunks(ctx, chunkSize(info), func(chunk []byte) error {
		alive()
		return stream.Send(&brokerpb.UploadAssetRequest{Request: &brokerpb.UploadAssetRequest_Chunk{Chunk: chunk}})
	})
	if !errors.Is(err, errUnreadable) { // the response has the error of a failed Send
		err = stream.CloseSend()
	}
	alive()
	return err
}

func chunkSize(info *brokerpb.ServerInfoResponse) int {
	return int(min(cmp.Or(info.GetChunkSize(), maxChunk), maxChunk))
}
