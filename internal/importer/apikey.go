package importer

import (
	"context"
	"errors"
	"strings"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/access"
)

func apiKeys() *kind[db.APIKeyItem, string] {
	return &kind[db.APIKeyItem, string]{
		typ: typeAPIKey, batch: 100, read: (*reading).apiKey,
		key: func(item *db.APIKeyItem) string { return item.Key.Prefix },
		put: (*run).putAPIKeys,
	}
}

func (r *run) putAPIKeys(ctx context.Context, rows []*db.APIKeyItem) ([]ingest.Change, error) {
	return ingest.UpsertAPIKeys(ctx, r.Store, rows)
}

func (rd *reading) apiKey(ctx context.Context, o *object) (item db.APIKeyItem, err error) {
	item.Key = db.APIKey{
		Prefix:    required(o, "prefix", keyPrefix),
		HashedKey: required(o, "hashed_key", keyHash),
		Name:      required(o, "name", text),
		CreatedAt: required(o, "created", moment),
		Revoked:   required(o, "revoked", boolean),
		ExpiresAt: optional(o, "expiry_date", moment),
	}
	if only := optional(o, "read_only", boolean); only != nil {
		item.Key.ReadOnly = *only
	}
	courses := required(o, "courses", list("[account, canvas_id]", coursePair))
	if err := o.err(rd.Lenient); err != nil {
		return item, err
	}
	for _, c := range courses {
		id, _, err := rd.names.course(ctx, c)
		if err != nil {
			return item, err
		}
		item.Courses = append(item.Courses, id)
	}
	return item, nil
}

// keyPrefix reads what stands before the dot of a key.
func keyPrefix(v []byte) (string, error) {
	s, err := text(v)
	bad := strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '.' })
	if err != nil || bad || s == "" || len(s) > 32 {
		return "", errors.New("must be what stands before the dot of the key: 1 to 32 visible ASCII characters")
	}
	return s, nil
}

// keyHash reads the hash of a key. Its errors do not tell the hash.
func keyHash(v []byte) (string, error) {
	s, err := text(v)
	if err != nil {
		return "", err
	}
	if err := access.ValidateHash(s); err != nil {
		return "", errors.New("is " + err.Error())
	}
	return s, nil
}

// coursePair reads the [account, canvas_id] of a course.
func coursePair(v []byte) (c courseRef, err error) {
	var parts [][]byte
	if v[0] == '[' {
		for e := range elements(v) {
			parts = append(parts, e)
		}
	}
	if len(parts) != 2 {
		return c, errors.New("must be a pair")
	}
	if c.account, err = key(parts[0]); err != nil {
		return c, err
	}
	c.course, err = canvasID(parts[1])
	return c, err
}
