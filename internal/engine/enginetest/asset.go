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

// hash is the multihash of a content, in base58: the content itself where it is small.
func (b *Broker) hash(content []byte) []byte {
	if uint64(len(content)) <= b.conf.MaxIDHashLen {
		return multihash(0, content)
	}
	return multihash(b.conf.HashFuncs[0], content)
}

// multihash computes a hash by the function of a code, in base58. The code and the length
// are one byte each below 128, else two (Multihash specification).
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

// keep gives a job an asset. The caller holds the lock.
func (b *Broker) keep(j *job, data *brokerpb.AssetData, content []byte) {
	j.assets[data.GetQuery().GetCategory()] = data
	b.assets[string(data.GetHash())] = content
}

// content is an asset of a job. The caller holds the lock.
func (b *Broker) content(j *job, c brokerpb.Category) []byte {
	return b.assets[string(j.assets[c].GetHash())]
}

// sweep deletes the contents that no job has. The caller holds the lock.
func (b *Broker) sweep() {
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
	e := b.admit(s.Context())
	if e == nil {
		var err error
		if e, err = b.upload(s); err != nil {
			return err
		}
	}
	return s.Send(&brokerpb.UploadAssetResponse{AssetSelected: e == nil, Exception: e})
}

// upload takes an asset. Without an exception the broker has it at the end.
func (b *Broker) upload(s brokerpb.Client_UploadAssetServer) (*brokerpb.Exception, error) {
	first, err := s.Recv()
	if err != nil {
		return nil, err
	}
	data := first.GetAssetData()
	if data == nil || data.GetQuery().GetCategory() == brokerpb.Category_NO_CATEGORY || data.GetFormat() == brokerpb.AssetFormat_NO_ASSET_FORMAT {
		return &brokerpb.Exception{Type: brokerpb.ExceptionType_FORMAT, Text: "an upload begins with what it is"}, nil
	}
	content, has, e := b.offered(first.GetJobId(), data)
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
		if n := len(m.GetChunk()); n == 0 || uint64(n) > b.conf.ChunkSize || m.GetJobId() != "" {
			return &brokerpb.Exception{Type: brokerpb.ExceptionType_FORMAT, Text: fmt.Sprintf("a chunk has 1 to %d bytes and nothing else", b.conf.ChunkSize)}, nil
		}
		content = append(content, m.GetChunk()...)
	}
	return b.arrived(first.GetJobId(), data, content), nil
}

// offered looks whether the broker has a content already, or gets it by its hash.
func (b *Broker) offered(id string, data *brokerpb.AssetData) (content []byte, has bool, e *brokerpb.Exception) {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, e := b.find(id)
	if e != nil {
		return nil, false, e
	}
	if raw, err := base58.Decode(string(data.GetHash())); err == nil && len(raw) > 1 && raw[0] == 0 {
		content := raw[2:]
		if len(content) > 127 {
			content = raw[3:]
		}
		if uint64(len(content)) != data.GetSize() || data.GetSize() > b.conf.MaxIDHashLen {
			return nil, false, &brokerpb.Exception{Type: brokerpb.ExceptionType_ASSET, Text: "the content in the hash has another size, or is too large"}
		}
		b.keep(j, data, content)
		return content, true, nil
	}
	if content, has = b.assets[string(data.GetHash())]; has {
		b.keep(j, data, content)
	}
	return nil, has, nil
}

// arrived checks and keeps what was transferred.
func (b *Broker) arrived(id string, data *brokerpb.AssetData, content []byte) *brokerpb.Exception {
	b.mu.Lock()
	defer b.mu.Unlock()
	j, e := b.find(id)
	if e != nil {
		return e
	}
	if uint64(len(content)) != data.GetSize() || string(multihash(b.conf.HashFuncs[0], content)) != string(data.GetHash()) {
		return &brokerpb.Exception{Type: brokerpb.ExceptionType_ASSET, Text: "the content is not what was announced"}
	}
	b.keep(j, data, content)
	b.counts.Uploads++
	b.happened()
	return nil
}
