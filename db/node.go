package db

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/momotor/resultgraph/db/query"
)

// A NodeID is the global id of an object, as in the Relay specification: its type in the GraphQL
// schema and its primary key. Clients must treat its text form as opaque. It never changes.
type NodeID struct {
	Type string
	Key  query.Key
}

// NodeKeys are the columns of NodeID.Key by the type of the node.
var NodeKeys = map[string][]string{
	"Account":    {"id"},
	"Course":     {"id"},
	"Section":    {"course_id", "id"},
	"Assignment": {"course_id", "id"},
	"Result":     {"course_id", "id"},
	"Step":       {"course_id", "result_id", "position", "task"},
	"User":       {"course_id", "public_id"},
	"Bundle":     {"course_id", "id"},

	"ScoreUpload": {"course_id", "id"},
}

// String returns the id in its text form.
func (id NodeID) String() string {
	b := append(make([]byte, 0, 48), id.Type...)
	for _, k := range id.Key[:len(NodeKeys[id.Type])] {
		b = strconv.AppendInt(append(b, ':'), k, 10)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseNodeID parses the text form of an id; ok is false for any other text.
func ParseNodeID(text string) (id NodeID, ok bool) {
	if len(text) > 128 {
		return NodeID{}, false
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return NodeID{}, false
	}
	parts := strings.Split(string(b), ":")
	id.Type = parts[0]
	if key, known := NodeKeys[id.Type]; !known || len(parts) != len(key)+1 {
		return NodeID{}, false
	}
	for i, p := range parts[1:] {
		if id.Key[i], err = strconv.ParseInt(p, 10, 64); err != nil {
			return NodeID{}, false
		}
	}
	return id, id.String() == text
}

// A Node is an object with a global id.
type Node interface {
	ID() string
	IsNode()
}
