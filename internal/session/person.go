package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
)

// A Person is who signs in. It has no roles: they are read again at each request.
type Person struct {
	UserID int64 `json:"user"`
	// IsDemo is set for a demo sign-in, IsStudentView for the test student of Canvas' Student View, and
	// ActingUser is the Canvas id of the user who acts as this person.
	IsDemo        bool   `json:"demo,omitempty"`
	IsStudentView bool   `json:"student_view,omitempty"`
	ActingUser    string `json:"acting_user,omitempty"`
}

// Note says how the person is not who they seem, or "".
func (p *Person) Note() string {
	switch {
	case p.IsDemo:
		return "demo sign-in"
	case p.IsStudentView && p.ActingUser != "":
		return "Student View of user " + p.ActingUser
	case p.IsStudentView:
		return "Student View"
	case p.ActingUser != "":
		return "user " + p.ActingUser + " acts as this person"
	}
	return ""
}

// A Session is a session with the rights that its person has now.
type Session struct {
	Person
	Principal *access.Principal
}

func newSession(r *db.SessionRecord) (*Session, error) {
	p, err := ParseData(r.Data)
	if err != nil {
		return nil, err
	}
	return &Session{p, &access.Principal{
		Kind: access.User, UserID: r.UserID, Name: r.UserName, Note: p.Note(), Expires: &r.ExpiresAt, Grants: r.Grants(),
	}}, nil
}

// storedData is the form of the data in the store.
type storedData struct {
	Person
	Deadline time.Time `json:"deadline"`
}

// ParseData parses the data of a db.Session.
func ParseData(text string) (Person, error) {
	var d storedData
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return Person{}, fmt.Errorf("parse the data of a session: %w", err)
	}
	return d.Person, nil
}

// personKey is the key of the Person in the values of scs.
const personKey = "person"

// A codec encodes the values of scs as JSON, so that the store knows the person of a session.
type codec struct{}

// Encode implements scs.Codec.
func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	p, ok := values[personKey].(Person)
	if !ok {
		return nil, errors.New("the session has no person")
	}
	return json.Marshal(storedData{p, deadline})
}

// Decode implements scs.Codec.
func (codec) Decode(text []byte) (time.Time, map[string]any, error) {
	var d storedData
	err := json.Unmarshal(text, &d)
	return d.Deadline, map[string]any{personKey: d.Person}, err
}
