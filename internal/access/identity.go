package access

import "strconv"

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
