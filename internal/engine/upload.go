package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// maxChunk is the size of the pieces in which content travels, at most.
const maxChunk = 8 << 20

// upload gives the broker an asset.
func (j *job) upload(ctx context.Context, p parcel) error {
	return j.call(ctx, fmt.Sprintf("send the %s %q", p.category, p.Name), func(ctx context.Context, s *session) error {
		hash, err := p.hash(ctx, s.info)
		if err != nil {
			return err
		}
		return transfer(ctx, func(ctx context.Context, alive func()) error {
			stream, err := j.client.UploadAsset(ctx)
			if err != nil {
				return err
			}
			_ = stream.Send(&brokerpb.UploadAssetRequest{JobId: j.id, Request: p.announce(hash)})
			if has, err := selected(stream); err != nil || has {
				return err
			}
			if hash.code == identity {
				return errors.New("the broker does not take a content that is its own hash")
			}
			alive()
			if err := p.send(ctx, stream, s.info, alive); err != nil {
				return err
			}
			has, err := selected(stream)
			if err == nil && !has {
				err = errors.New("the broker has all of it and does not accept it")
			}
			return err
		})
	})
}

// selected reads an answer: whether the broker has the content. Why a Send has failed is
// found here as well.
func selected(stream brokerpb.Client_UploadAssetClient) (bool, error) {
	a, err := stream.Recv()
	if err != nil {
		return false, err
	}
	return a.GetAssetSelected(), inBand(a.GetException())
}

// send sends the content in pieces. It stops early when the broker does not listen any
// more.
func (p *parcel) send(ctx context.Context, stream brokerpb.Client_UploadAssetClient, info *brokerpb.ServerInfoResponse, alive func()) error {
	err := p.each(ctx, chunkSize(info), func(chunk []byte) error {
		alive()
		return stream.Send(&brokerpb.UploadAssetRequest{Request: &brokerpb.UploadAssetRequest_Chunk{Chunk: chunk}})
	})
	if !errors.Is(err, errRead) { // a failed Send is explained by the answer
		err = stream.CloseSend()
	}
	alive()
	return err
}

func chunkSize(info *brokerpb.ServerInfoResponse) int {
	return int(min(cmp.Or(info.GetChunkSize(), maxChunk), maxChunk))
}
