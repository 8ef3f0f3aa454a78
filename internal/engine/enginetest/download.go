package enginetest

import (
	"bytes"
	"io"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// DownloadAsset implements brokerpb.ClientServer.
func (b *Broker) DownloadAsset(s brokerpb.Client_DownloadAssetServer) error {
	if e := b.checkToken(s.Context()); e != nil {
		return s.Send(downloadException(e))
	}
	request, err := s.Recv()
	if err != nil {
		return err
	}
	data, content, e := b.findAsset(request)
	if e != nil {
		return s.Send(downloadException(e))
	}
	if err := s.Send(&brokerpb.DownloadAssetResponse{Response: &brokerpb.DownloadAssetResponse_Data{Data: data}}); err != nil {
		return err
	}
	answer, err := s.Recv()
	if err == io.EOF || err == nil && !answer.GetAccepted() {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := s.Recv(); err != io.EOF {
		return err
	}
	return b.sendContent(s, content)
}

func downloadException(e *brokerpb.Exception) *brokerpb.DownloadAssetResponse {
	return &brokerpb.DownloadAssetResponse{Response: &brokerpb.DownloadAssetResponse_Exception{Exception: e}}
}

// findAsset returns the requested asset and its content.
func (b *Broker) findAsset(r *brokerpb.DownloadAssetRequest) (*brokerpb.AssetData, []byte, *brokerpb.Exception) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, e := b.findJob(r.GetJobId())
	if e != nil {
		return nil, nil, e
	}
	data := j.assets[r.GetQuery().GetCategory()]
	if data == nil {
		return nil, nil, &brokerpb.Exception{Type: brokerpb.ExceptionType_ASSET_NOT_FOUND, Text: "the job has no such asset"}
	}
	return proto.CloneOf(data), b.assets[string(data.GetHash())], nil
}

// sendContent sends the content in chunks. It sends no chunks if the hash is an identity hash.
func (b *Broker) sendContent(s brokerpb.Client_DownloadAssetServer, content []byte) error {
	complete, fault := false, faultOf(s.Context()).kind
	switch fault {
	case emptyChunks:
		return b.sendEmptyChunks(s)
	case corrupted:
		content = slices.Clone(content)
		content[0] ^= 1
	case truncated, stalledHalfway, disconnectHalfway:
		content = content[:len(content)/2]
	case tooLong:
		content = slices.Concat(content, content)
	default:
		complete = true
	}
	if bytes.Equal(b.hash(content), multihash(0, content)) {
		content = nil
	}
	for chunk := range slices.Chunk(content, int(b.config.ChunkSize)) {
		if err := s.Send(&brokerpb.DownloadAssetResponse{Response: &brokerpb.DownloadAssetResponse_Chunk{Chunk: chunk}}); err != nil {
			return err
		}
	}
	switch fault {
	case stalledHalfway:
		<-s.Context().Done()
		return s.Context().Err()
	case disconnectHalfway:
		b.CloseConnections()
		return status.Error(codes.Unavailable, "cut")
	}
	if complete {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.counts.Downloads++
		b.notify()
	}
	return nil
}

// sendEmptyChunks sends an empty chunk at each tick.
func (b *Broker) sendEmptyChunks(s brokerpb.Client_DownloadAssetServer) error {
	tick := time.NewTicker(b.config.Tick)
	defer tick.Stop()
	for {
		if err := s.Send(&brokerpb.DownloadAssetResponse{Response: &brokerpb.DownloadAssetResponse_Chunk{}}); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-s.Context().Done():
			return s.Context().Err()
		}
	}
}
