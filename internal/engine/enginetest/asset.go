package enginetest

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"fmt"
	"io"

	"github.com/mr-tron/base58"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// hash returns the multihash of content in base58. It is an identity hash for small content.
func (b *Broker) hash(content []byte) []byte {
	if uint64(len(content)) <= b.config.MaxIDHashLen {
		return multihash(0, content)
	}
	return multihash(b.config.HashFuncs[0], content)
}

// multihash computes a multihash with the function of a code, in base58. The code and the length
// have one byte each below 128, otherwise two (Multihash specification).
func multihash(code uint64, content []byte) []byte {
	sum := content
	switch code {
	case 0x11:
		s := sha1.Sum(content)
		sum = s[:]
	case 0x12:
		s := sha256.Sum256(content)
		sum = s[:]
	case 0x13:
		s := sha512.Sum512(content)
		sum = s[:]
	case 0x14:
		s := sha3.Sum512(content)
		sum = s[:]
	}
	head := []byte{byte(code), byte(len(sum))}
	if n := len(sum); n >= 128 {
		head = []byte{byte(code), byte(n&127 | 128), byte(n >> 7)}
	}
	return []byte(base58.Encode(append(head, sum...)))
}

// storeAsset adds an asset to a job. The caller must hold the lock.
func (b *Broker) storeAsset(j *job, data *brokerpb.AssetData, content []byte) {
	j.assets[data.GetQuery().GetCategory()] = data
	b.assets[string(data.GetHash())] = content
}

// content returns the content of an asset of a job. The caller must hold the lock.
func (b *Broker) content(j *job, c brokerpb.Category) []byte {
	return b.assets[string(j.assets[c].GetHash())]
}

// deleteUnused deletes the contents that no job uses. The caller must hold the lock.
func (b *Broker) deleteUnused() {
	used := map[string]bool{}
	for _, j := range b.jobs {
		for _, data := range j.assets {
			used[string(data.GetHash())] = true
		}
	}
	for hash := range b.assets {
		if !used[hash] {
			delete(b.assets, hash)
		}
	}
}

// UploadAsset implements brokerpb.ClientServer.
func (b *Broker) UploadAsset(s brokerpb.Client_UploadAssetServer) error {
	e := b.checkToken(s.Context())
	if e == nil {
		var err error
		if e, err = b.upload(s); err != nil {
			return err
		}
	}
	return s.Send(&brokerpb.UploadAssetResponse{AssetSelected: e == nil, Exception: e})
}

// upload receives an asset. It is stored unless there is an exception.
func (b *Broker) upload(s brokerpb.Client_UploadAssetServer) (*brokerpb.Exception, error) {
	first, err := s.Recv()
	if err != nil {
		return nil, err
	}
	data := first.GetAssetData()
	if data == nil || data.GetQuery().GetCategory() == brokerpb.Category_NO_CATEGORY || data.GetFormat() == brokerpb.AssetFormat_NO_ASSET_FORMAT {
		return &brokerpb.Exception{Type: brokerpb.ExceptionType_FORMAT, Text: "the first message of an upload must be the asset data"}, nil
	}
	content, has, e := b.findContent(first.GetJobId(), data)
	if e != nil || has {
		return e, nil
	}
	if err := s.Send(&brokerpb.UploadAssetResponse{}); err != nil {
		return nil, err
	}
	for {
		m, err := s.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if n := len(m.GetChunk()); n == 0 || uint64(n) > b.config.ChunkSize || m.GetJobId() != "" {
			return &brokerpb.Exception{Type: brokerpb.ExceptionType_FORMAT, Text: fmt.Sprintf("a chunk has 1 to %d bytes and nothing else", b.config.ChunkSize)}, nil
		}
		content = append(content, m.GetChunk()...)
	}
	return b.storeContent(first.GetJobId(), data, content), nil
}

// findContent returns the content if the broker has it already or it is in an identity hash.
func (b *Broker) findContent(id string, data *brokerpb.AssetData) (content []byte, has bool, e *brokerpb.Exception) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, e := b.findJob(id)
	if e != nil {
		return nil, false, e
	}
	if raw, err := base58.Decode(string(data.GetHash())); err == nil && len(raw) > 1 && raw[0] == 0 {
		content := raw[2:]
		if len(content) > 127 {
			content = raw[3:]
		}
		if uint64(len(content)) != data.GetSize() || data.GetSize() > b.config.MaxIDHashLen {
			return nil, false, &brokerpb.Exception{Type: brokerpb.ExceptionType_ASSET, Text: "the content in the hash has another size, or is too large"}
		}
		b.storeAsset(j, data, content)
		return content, true, nil
	}
	if content, has = b.assets[string(data.GetHash())]; has {
		b.storeAsset(j, data, content)
	}
	return nil, has, nil
}

// storeContent checks and stores the transferred content.
func (b *Broker) storeContent(id string, data *brokerpb.AssetData, content []byte) *brokerpb.Exception {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, e := b.findJob(id)
	if e != nil {
		return e
	}
	if uint64(len(content)) != data.GetSize() || string(multihash(b.config.HashFuncs[0], content)) != string(data.GetHash()) {
		return &brokerpb.Exception{Type: brokerpb.ExceptionType_ASSET, Text: "the content differs from the announced hash or size"}
	}
	b.storeAsset(j, data, content)
	b.counts.Uploads++
	b.notify()
	return nil
}
