package importer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/access"
)

func apiKeyType() *itemType[db.APIKeyItem, string] {
	return &itemType[db.APIKeyItem, string]{
		name: typeAPIKey, batchSize: 100, read: (*batchReader).readAPIKey,
		key:   func(item *db.APIKeyItem) string { return item.Key.Prefix },
		write: (*run).writeAPIKeys,
	}
}

func (r *run) writeAPIKeys(ctx context.Context, rows []*db.APIKeyItem) ([]ingest.Change, error) {
	if r.export != "" {
		return ingest.RestoreAPIKeys(ctx, r.Store, rows)
	}
	return ingest.UpsertAPIKeys(ctx, r.Store, rows)
}

func (rd *batchReader) readAPIKey(ctx context.Context, o *object) (item db.APIKeyItem, err error) {
	item.Key = db.APIKey{
		Prefix:    required(o, "prefix", parseKeyPrefix),
		HashedKey: required(o, "hashed_key", parseKeyHash),
		Name:      required(o, "name", parseName),
		CreatedAt: required(o, "created", parseTime),
		Revoked:   required(o, "revoked", parseBool),
		ExpiresAt: optional(o, "expiry_date", parseTime),
	}
	if only := optional(o, "read_only", parseBool); only != nil {
		item.Key.ReadOnly = *only
	}
	if n := optional(o, "min_group", parseMinGroup); n != nil {
		item.Key.MinGroup = new(int(*n))
	}
	if pseudonymous := optional(o, "pseudonymous", parseBool); pseudonymous != nil {
		item.Key.Pseudonymous = *pseudonymous
	}
	readExportedKey(o, &item)
	courses := required(o, "courses", parseList("[account, canvas_id]", parseCoursePair))
	if err := o.validate(rd.Lenient); err != nil {
		return item, err
	}
	for _, c := range courses {
		id, _, err := rd.ids.course(ctx, c)
		if err != nil {
			return item, err
		}
		item.Courses = append(item.Courses, id)
	}
	return item, nil
}

// parseMinGroup parses the minimum number of students in a figure.
func parseMinGroup(v []byte) (int64, error) {
	n, err := parseInteger(db.MostMinGroup)(v)
	if err == nil && n < db.LeastMinGroup {
		err = fmt.Errorf("must be %d or more", db.LeastMinGroup)
	}
	return n, err
}

// parseKeyPrefix parses the part of an API key before the dot.
func parseKeyPrefix(v []byte) (string, error) {
	s, err := parseText(v)
	bad := strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '.' })
	if err != nil || bad || s == "" || len(s) > 32 {
		return "", errors.New("must be the part of the key before the dot: 1 to 32 visible ASCII characters")
	}
	return s, nil
}

// parseKeyHash parses the hash of a key. Its errors never contain the hash.
func parseKeyHash(v []byte) (string, error) {
	s, err := parseText(v)
	if err != nil {
		return "", err
	}
	if err := access.ValidateHash(s); err != nil {
		return "", errors.New("is " + err.Error())
	}
	return s, nil
}

// parseCoursePair parses an [account, canvas_id] pair.
func parseCoursePair(v []byte) (c courseRef, err error) {
	var parts [][]byte
	if v[0] == '[' {
		for e := range elements(v) {
			parts = append(parts, e)
		}
	}
	if len(parts) != 2 {
		return c, errors.New("must be a pair")
	}
	if c.account, err = parseKey(parts[0]); err != nil {
		return c, err
	}
	c.course, err = parseCanvasID(parts[1])
	return c, err
}
