package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

type accountCommands struct {
	Set   accountSet   `cmd:"" help:"Store the Canvas token of an account, after testing it."`
	List  accountList  `cmd:"" help:"List the accounts with the state of their Canvas tokens and the last contact."`
	Unset accountUnset `cmd:"" help:"Delete the Canvas token of an account."`
}

type accountSet struct {
	CanvasAccessSettings
	Account          string        `arg:"" help:"Momotor id or Canvas GUID of the account."`
	Token            string        `xor:"token" placeholder:"TOKEN" help:"Access token. Command lines are visible to other users; prefer the environment variable or --token-file."`
	TokenFile        []byte        `xor:"token" type:"filecontent" placeholder:"FILE" help:"File with the access token; - is the standard input."`
	RefreshToken     string        `xor:"refresh" placeholder:"TOKEN" help:"Refresh token, for an access token that expires."`
	RefreshTokenFile []byte        `xor:"refresh" type:"filecontent" placeholder:"FILE" help:"File with the refresh token; - is the standard input."`
	ExpiresAt        timeValue     `xor:"expiry" placeholder:"DATE" help:"Expiry date of the access token: 2027-01-31, or 2027-01-31T12:00:00Z."`
	ExpiresIn        time.Duration `xor:"expiry" placeholder:"DURATION" help:"Remaining validity of the access token, such as 1h."`
	NoCheck          bool          `help:"Store the token without testing it."`
}

type (
	accountList  struct{ listFlags }
	accountUnset struct {
		Account string `arg:"" help:"Momotor id or Canvas GUID of the account."`
	}
)

// Run tests a token and stores it.
func (cmd *accountSet) Run(ctx context.Context, s *Settings, c *console) error {
	grant, err := cmd.grant(time.Now())
	if err != nil {
		return err
	}
	store, account, err := openAccount(ctx, s, c, cmd.Account)
	if err != nil {
		return err
	}
	defer store.Close()
	accounts, err := cmd.accounts(ctx, s, store, s.logger(c))
	if err != nil {
		return err
	}
	owner, err := accounts.Set(ctx, account, grant, !cmd.NoCheck)
	switch {
	case err != nil:
		return fmt.Errorf("set the token of %s: %w", label(account), err)
	case cmd.NoCheck:
		fmt.Fprintf(c.out, "Set the token of %s without testing it.\n", label(account))
	default:
		fmt.Fprintf(c.out, "Set the token of %s. It belongs to %s.\n", label(account), owner.Name)
	}
	if grant.RefreshToken != "" && (cmd.CanvasClientID == "" || cmd.CanvasClientSecret == "") {
		fmt.Fprintln(c.out, "The server can renew the token only with --canvas-client-id and --canvas-client-secret.")
	}
	return nil
}

// grant returns the tokens of the flags.
func (cmd *accountSet) grant(now time.Time) (g canvas.Grant, err error) {
	access := cmp.Or(cmd.Token, string(cmd.TokenFile))
	if access == "" {
		return g, errors.New("no token: use --token-file, RESULTGRAPH_TOKEN or --token")
	}
	if g.AccessToken, err = parseToken(access); err != nil {
		return g, fmt.Errorf("parse the access token: %w", err)
	}
	if refresh := cmp.Or(cmd.RefreshToken, string(cmd.RefreshTokenFile)); refresh != "" {
		if g.RefreshToken, err = parseToken(refresh); err != nil {
			return g, fmt.Errorf("parse the refresh token: %w", err)
		}
	}
	g.ExpiresAt = cmd.ExpiresAt.Time
	if cmd.ExpiresIn != 0 {
		g.ExpiresAt = now.Add(cmd.ExpiresIn)
	}
	if !g.ExpiresAt.IsZero() && g.ExpiresAt.Before(now) && g.RefreshToken == "" {
		return g, errors.New("the access token has expired, and there is no --refresh-token to renew it")
	}
	return g, nil
}

// openAccount opens the store and loads an account by its Momotor id or Canvas GUID. The
// caller closes the store.
func openAccount(ctx context.Context, s *Settings, c *console, name string) (*db.Store, *db.Account, error) {
	store, err := s.openExistingStore(ctx, s.logger(c))
	if err != nil {
		return nil, nil, err
	}
	account, err := store.FindAccount(ctx, name)
	if err != nil {
		store.Close()
		return nil, nil, err
	}
	return store, account, nil
}

// label names an account in messages.
func label(a *db.Account) string { return fmt.Sprintf("account %d (%s)", a.MomotorID, a.Name) }

// Run lists the accounts.
func (cmd *accountList) Run(ctx context.Context, s *Settings, c *console) error {
	return s.withStore(ctx, c, func(store *db.Store) error {
		accounts, err := store.ListAccounts(ctx)
		if err != nil {
			return err
		}
		var rows []accountRow
		for _, a := range accounts {
			rows = append(rows, newAccountRow(a))
		}
		return printList(c, cmd.listFlags, "ID\tNAME\tGUID\tCANVAS\tTOKEN\tLAST CONTACT\tFAILURE", rows)
	})
}

// An accountRow is a row of “account list”.
type accountRow struct {
	ID          int64      `json:"id"`
	Name        string     `json:"name"`
	CanvasGUID  string     `json:"canvasGuid"`
	CanvasURL   string     `json:"canvasUrl"`
	Token       string     `json:"token"`
	ContactedAt *time.Time `json:"contactedAt"`
	Failure     *string    `json:"failure"`
}

func newAccountRow(a db.ListedAccount) accountRow {
	r := accountRow{ID: a.MomotorID, Name: a.Name, CanvasGUID: a.CanvasGUID, CanvasURL: a.BaseURL, Token: "not set"}
	if a.Access == nil {
		return r
	}
	r.Token, r.ContactedAt, r.Failure = "set", a.Access.ContactedAt, a.Access.Failure
	if a.Access.RefreshToken != nil {
		r.Token = "set, renewable"
	}
	return r
}

func (r accountRow) cells() []string {
	contact, failure := "", ""
	switch {
	case r.ContactedAt != nil:
		contact = r.ContactedAt.UTC().Format(time.DateTime)
	case r.Token != "not set":
		contact = "never"
	}
	if r.Failure != nil {
		failure = *r.Failure
	}
	return []string{strconv.FormatInt(r.ID, 10), r.Name, r.CanvasGUID, r.CanvasURL, r.Token, contact, failure}
}

// Run deletes a token.
func (cmd *accountUnset) Run(ctx context.Context, s *Settings, c *console) error {
	store, account, err := openAccount(ctx, s, c, cmd.Account)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.DeleteCanvasAccess(ctx, account.MomotorID); err != nil {
		return fmt.Errorf("delete the token of %s: %w", label(account), err)
	}
	fmt.Fprintf(c.out, "Deleted the token of %s.\n", label(account))
	return nil
}
