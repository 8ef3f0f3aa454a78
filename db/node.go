package db

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// A NodeID is the global id of an object: its type in the schema and its key in the
// store. As text it is opaque to clients, stable, and the same on every machine.
type NodeID struct {
	Type string
	Key  Key
}

// nodeWidths are the numbers of places in the keys of the types that are nodes.
var nodeWidths = map[string]int{
	"Account": 1, "Course": 1, "Section": 2, "Assignment": 2, "Result": 2, "Step": 4, "User": 2, "Bundle": 2,
}

// String returns the id as clients see it.
func (id NodeID) String() string {
	b := append(make([]byte, 0, 48), id.Type...)
	for _, k := range id.Key[:nodeWidths[id.Type]] {
		b = strconv.AppendInt(append(b, ':'), k, 10)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseNodeID reads an id back; ok is false when it is not one that String wrote.
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
	if width, known := nodeWidths[id.Type]; !known || len(parts) != width+1 {
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
