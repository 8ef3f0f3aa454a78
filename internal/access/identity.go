package access

import (
	"log/slog"
	"strconv"
)

// An Identity tells principals apart. It has no rights, so that it can be used before the caller is
// confirmed.
type Identity struct {
	Kind Kind
	ID   int64 // of the key or the user
}

// Identity returns the identity of p.
func (p *Principal) Identity() Identity {
	if p.Kind == User {
		return Identity{User, p.UserID}
	}
	return Identity{p.Kind, p.KeyID}
}

// String returns a text such as "api key 7".
func (i Identity) String() string { return i.Kind.String() + " " + strconv.FormatInt(i.ID, 10) }

// LogAttr returns the identity for a log, such as key=7, user=42 or caller=anonymous.
func (i Identity) LogAttr() slog.Attr {
	switch i.Kind {
	case APIKey:
		return slog.Int64("key", i.ID)
	case User:
		return slog.Int64("user", i.ID)
	}
	return slog.String("caller", i.Kind.String())
}
