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

// maxIdentity is the maximum size of content that is sent as an identity hash.
const maxIdentity = 4 << 10

// An assetUpload is an asset with its category.
type assetUpload struct {
	category brokerpb.Category
	Asset
}

// errUnreadable is the error for a local asset that cannot be read or has another size.
var errUnreadable = errors.New("cannot be read")

// header returns the first message of the upload.
func (p *assetUpload) header(h multihash) *brokerpb.UploadAssetRequest_AssetData {
	format := brokerpb.AssetFormat_XML
	if p.Format == ZIP {
		format = brokerpb.AssetFormat_ZIP
	}
	return &brokerpb.UploadAssetRequest_AssetData{AssetData: &brokerpb.AssetData{
		Query: &brokerpb.AssetQuery{Category: p.category}, Name: p.Name,
		Format: format, Size: uint64(p.Size), Hash: h.text(),
	}}
}

// hash computes the hash of the content with the function that the broker prefers.
func (p *assetUpload) hash(ctx context.Context, info *brokerpb.ServerInfoResponse) (multihash, error) {
	if p.Size <= maxIdentity && uint64(p.Size) <= info.GetMaxIdHashLen() {
		var all []byte
		err := p.readChunks(ctx, maxIdentity, func(chunk []byte) error {
			all = append(all, chunk...)
			return nil
		})
		return multihash{identity, string(all)}, err
	}
	code, sum, err := chooseHash(info.GetHashFunc())
	if err != nil {
		return multihash{}, err
	}
	err = p.readChunks(ctx, 64<<10, func(chunk []byte) error {
		sum.Write(chunk)
		return nil
	})
	return multihash{code, string(sum.Sum(nil))}, err
}

// chooseHash returns the first supported function in codes, which is the list of the broker. The
// default is SHA-256.
func chooseHash(codes []uint64) (uint64, hash.Hash, error) {
	for _, code := range codes {
		if function := hashes[code]; function != nil {
			return code, function(), nil
		}
	}
	if len(codes) > 0 {
		return 0, nil, fmt.Errorf("the broker supports only unknown hash functions, %#x", codes)
	}
	return 0x12, sha256.New(), nil
}

// readChunks calls do with each chunk of the content, which is only valid during the call. It
// checks the size of the content.
func (p *assetUpload) readChunks(ctx context.Context, size int, do func(chunk []byte) error) error {
	r, err := p.Open(ctx)
	if err != nil {
		return fmt.Errorf("the %s %w: %w", p.category, errUnreadable, err)
	}
	defer r.Close()
	chunk := make([]byte, min(int64(size), max(p.Size, 1)))
	remaining := p.Size
	for {
		n, err := io.ReadFull(r, chunk)
		remaining -= int64(n)
		if n > 0 && remaining >= 0 {
			if err := do(chunk[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF, err == io.ErrUnexpectedEOF:
			if remaining != 0 {
				return fmt.Errorf("the %s %w: it has %d bytes instead of %d", p.category, errUnreadable, p.Size-remaining, p.Size)
			}
			return nil
		case err != nil:
			return fmt.Errorf("the %s %w: %w", p.category, errUnreadable, err)
		case remaining < 0:
			return fmt.Errorf("the %s %w: it has more than %d bytes", p.category, errUnreadable, p.Size)
		}
	}
}
