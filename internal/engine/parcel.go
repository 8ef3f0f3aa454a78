package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// maxIdentity is the size of content that we let travel in the place of its hash, at most.
const maxIdentity = 4 << 10

// A parcel is an asset and what it is to the job.
type parcel struct {
	category brokerpb.Category
	Asset
}

// errRead says that our side can not read an asset, or that it is not as it should be.
var errRead = errors.New("can not be read")

// announce is what the broker hears first of a parcel.
func (p *parcel) announce(h multihash) *brokerpb.UploadAssetRequest_AssetData {
	format := brokerpb.AssetFormat_XML
	if p.Format == ZIP {
		format = brokerpb.AssetFormat_ZIP
	}
	return &brokerpb.UploadAssetRequest_AssetData{AssetData: &brokerpb.AssetData{
		Query: &brokerpb.AssetQuery{Category: p.category}, Name: p.Name,
		Format: format, Size: uint64(p.Size), Hash: h.text(),
	}}
}

// hash computes the hash of the content in the way that the broker likes best.
func (p *parcel) hash(ctx context.Context, info *brokerpb.ServerInfoResponse) (multihash, error) {
	if p.Size <= maxIdentity && uint64(p.Size) <= info.GetMaxIdHashLen() {
		var all []byte
		err := p.each(ctx, maxIdentity, func(chunk []byte) error {
			all = append(all, chunk...)
			return nil
		})
		return multihash{identity, string(all)}, err
	}
	code, sum, err := common(info.GetHashFunc())
	if err != nil {
		return multihash{}, err
	}
	err = p.each(ctx, 64<<10, func(chunk []byte) error {
		sum.Write(chunk)
		return nil
	})
	return multihash{code, string(sum.Sum(nil))}, err
}

// common is the first of the broker's functions that we know. A broker that names none
// takes SHA-256.
func common(codes []uint64) (uint64, hash.Hash, error) {
	for _, code := range codes {
		if function := hashes[code]; function != nil {
			return code, function(), nil
		}
	}
	if len(codes) > 0 {
		return 0, nil, fmt.Errorf("the broker knows none of the hash functions that we do, but %#x", codes)
	}
	return 0x12, sha256.New(), nil
}

// each reads the content in pieces, which are not kept. It sees to it that there is as much
// as was said.
func (p *parcel) each(ctx context.Context, size int, do func(chunk []byte) error) error {
	r, err := p.Open(ctx)
	if err != nil {
		return fmt.Errorf("the %s %w: %w", p.category, errRead, err)
	}
	defer r.Close()
	chunk := make([]byte, min(int64(size), max(p.Size, 1)))
	left := p.Size
	for {
		n, err := io.ReadFull(r, chunk)
		left -= int64(n)
		if n > 0 && left >= 0 {
			if err := do(chunk[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF, err == io.ErrUnexpectedEOF:
			if left != 0 {
				return fmt.Errorf("the %s %w: it has %d bytes where %d should be", p.category, errRead, p.Size-left, p.Size)
			}
			return nil
		case err != nil:
			return fmt.Errorf("the %s %w: %w", p.category, errRead, err)
		case left < 0:
			return fmt.Errorf("the %s %w: it has more bytes than %d", p.category, errRead, p.Size)
		}
	}
}
