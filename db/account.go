package db

import (
	"net/url"
	"strings"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// An Account is an account of Canvas: one institution with its own Canvas address.
type Account struct {
	bun.BaseModel `bun:"table:account,alias:acc"`
	query.RowMeta

	MomotorID  int64  `bun:"id,pk"`
	CanvasGUID string `bun:"canvas_guid"`
	BaseURL    string `bun:"base_url"`
	Name       string `bun:"name"`
}

// Origin returns the origin of a web address, such as that of an account, or "" if it is not valid.
func Origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + strings.ToLower(u.Host)
}

// ID is the account's global id.
func (a *Account) ID() string { return NodeID{Type: "Account", Key: query.Key{a.MomotorID}}.String() }

// IsNode makes an account a Node of the schema.
func (*Account) IsNode() {}

func (*Account) PrimaryKey() []string   { return []string{"id"} }
func (*Account) OrderColumns() []string { return []string{"id"} }

// ColumnExpr computes the version of the directory.
func (*Account) ColumnExpr(column string, _ query.Scope, _ bool) query.Clause {
	return versionColumn(column, "NULL")
}

// The edges to accounts. A caller may see the accounts of visible courses.
var (
	Accounts    = query.Edge[Account]{Path: "accounts", Visible: visibleAccount}
	AccountByID = query.Edge[Account]{Path: "account", KeyWidth: 1, On: "acc.id = parent.k0", Visible: visibleAccount}
)

func visibleAccount(sc query.Scope) query.Clause {
	return query.SQL("EXISTS (SELECT 1 FROM course AS crs WHERE crs.account_id = acc.id AND ?)", visibleCourses(sc, "crs.id"))
}

// AccountWithIDOrGUID returns the condition that selects the account with a Momotor id or, if
// momotorID is nil, with a Canvas GUID.
func AccountWithIDOrGUID(momotorID *int64, canvasGUID *string) []query.Clause {
	if momotorID != nil {
		return []query.Clause{query.SQL("acc.id = ?", *momotorID)}
	}
	return []query.Clause{query.SQL("acc.canvas_guid = ?", canvasGUID)}
}
