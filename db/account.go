package db

import "github.com/uptrace/bun"

// An Account is an institution's Canvas.
type Account struct {
	bun.BaseModel `bun:"table:account,alias:a"`
	Kin

	MomotorID  int64  `bun:"id,pk"`
	CanvasGUID string `bun:"canvas_guid"`
	BaseURL    string `bun:"base_url"`
	Name       string `bun:"name"`
}

// ID is the account's global id.
func (a *Account) ID() string { return NodeID{Type: "Account", Key: Key{a.MomotorID}}.String() }

// IsNode makes an account a Node of the schema.
func (*Account) IsNode() {}

func (*Account) identity() []string { return []string{"id"} }
func (*Account) order() []string    { return []string{"id"} }
func (*Account) keys() []string     { return nil }

func (*Account) expr(string, Scope, bool) Clause { return Clause{} }

// Accounts are all that the caller sees a course of; AccountByID leads up from a course.
var (
	Accounts    = Edge[Account]{name: "accounts", see: seeAccount}
	AccountByID = Edge[Account]{name: "account", width: 1, on: "a.id = k.k0", see: seeAccount}
)

func seeAccount(sc Scope) Clause {
	return clause("EXISTS (SELECT 1 FROM course AS c WHERE c.account_id = a.id AND ?)", visibleCourses(sc, "c.id"))
}

// AccountIs narrows accounts to the one with a Momotor id or with a Canvas GUID.
func AccountIs(momotorID *int64, canvasGUID *string) []Clause {
	if momotorID != nil {
		return []Clause{clause("a.id = ?", *momotorID)}
	}
	return []Clause{clause("a.canvas_guid = ?", canvasGUID)}
}
