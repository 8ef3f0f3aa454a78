package main

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

type accountCommands struct {
	Set   accountSet   `cmd:"" help:"Let the server reach the Canvas of an account with a token."`
	List  accountList  `cmd:"" help:"List the accounts, and how their Canvases were reached, without tokens."`
	Unset accountUnset `cmd:"" help:"Forget the token for the Canvas of an account."`
}

type accountSet struct {
	CanvasAccessSettings
	Account          string        `arg:"" help:"The Momotor id or the Canvas GUID of the account."`
	Token            string        `xor:"token" placeholder:"TOKEN" help:"The access token. Others see a command line: set the variable, or use --token-file."`
	TokenFile        []byte        `xor:"token" type:"filecontent" placeholder:"FILE" help:"A file with the access token; - is the standard input."`
	RefreshToken     string        `xor:"refresh" placeholder:"TOKEN" help:"The refresh token, for an access token that expires."`
	RefreshTokenFile []byte        `xor:"refresh" type:"filecontent" placeholder:"FILE" help:"A file with the refresh token; - is the standard input."`
	ExpiresAt        moment        `xor:"expiry" placeholder:"DATE" help:"When the access token stops working: 2027-01-31, or with a time 2027-01-31T12:00:00Z."`
	ExpiresIn        time.Duration `xor:"expiry" placeholder:"DURATION" help:"How long the access token works from now on, such as 1h."`
	NoCheck          bool          `help:"Do not ask Canvas whether it accepts the token."`
}

type (
	accountList  struct{}
	accountUnset struct {
		Account string `arg:"" help:"The Momotor id or the Canvas GUID of the account."`
	}
)

// Run tries a token and stores it.
func (cmd *accountSet) Run(ctx context.Context, s *Settings, c *console) error {
	grant, err := cmd.grant(time.Now())
	if err != nil {
		return err
	}
	store, of, err := openAccount(ctx, s, cmd.Account)
	if err != nil {
		return err
	}
	defer store.Close()
	accounts, err := cmd.accounts(s, store, s.logger(c))
	if err != nil {
		return err
	}
	owner, err := accounts.Set(ctx, of, grant, !cmd.NoCheck)
	switch {
	case err != nil:
		return fmt.Errorf("nothing is changed: %w", err)
	case cmd.NoCheck:
		fmt.Fprintf(c.out, "set %s, and did not try it\n", label(of))
	default:
		fmt.Fprintf(c.out, "set %s, with a token of %s\n", label(of), owner.Name)
	}
	if grant.RefreshToken != "" && (cmd.CanvasClientID == "" || cmd.CanvasClientSecret == "") {
		fmt.Fprintln(c.out, "The server renews the token only with --canvas-client-id and --canvas-client-secret.")
	}
	return nil
}

// grant is what the flags give.
func (cmd *accountSet) grant(now time.Time) (g canvas.Grant, err error) {
	access := cmp.Or(cmd.Token, string(cmd.TokenFile))
	if access == "" {
		return g, fmt.Errorf("there is no token: give it with --token-file, RESULTGRAPH_TOKEN or --token")
	}
	if g.AccessToken, err = cleanToken(access); err != nil {
		return g, fmt.Errorf("the access token: %w", err)
	}
	if refresh := cmp.Or(cmd.RefreshToken, string(cmd.RefreshTokenFile)); refresh != "" {
		if g.RefreshToken, err = cleanToken(refresh); err != nil {
			return g, fmt.Errorf("the refresh token: %w", err)
		}
	}
	g.ExpiresAt = cmd.ExpiresAt.Time
	if cmd.ExpiresIn != 0 {
		g.ExpiresAt = now.Add(cmd.ExpiresIn)
	}
	if !g.ExpiresAt.IsZero() && g.ExpiresAt.Before(now) && g.RefreshToken == "" {
		return g, fmt.Errorf("the token has expired, and there is no --refresh-token to renew it with")
	}
	return g, nil
}

// openAccount opens the store and finds an account there. The caller closes the store.
func openAccount(ctx context.Context, s *Settings, name string) (*db.Store, *db.Account, error) {
	store, err := s.openStore(ctx)
	if err != nil {
		return nil, nil, err
	}
	of, err := store.FindAccount(ctx, name)
	if err != nil {
		store.Close()
		return nil, nil, err
	}
	return store, of, nil
}

func label(of *db.Account) string { return fmt.Sprintf("account %d (%s)", of.MomotorID, of.Name) }

// Run lists the accounts.
func (*accountList) Run(ctx context.Context, s *Settings, c *console) error {
	store, err := s.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	accounts, err := store.ListAccounts(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tGUID\tCANVAS\tTOKEN\tLAST CONTACT\tFAILURE")
	for _, a := range accounts {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", a.MomotorID, a.Name, a.CanvasGUID, a.BaseURL, reachOf(a.Access))
	}
	return w.Flush()
}

// reachOf says in columns how a Canvas is reached.
func reachOf(a *db.CanvasAccess) string {
	if a == nil {
		return "not set\t\t"
	}
	token, contact, failure := "set", "never", ""
	if a.RefreshToken != nil {
		token = "set, renewable"
	}
	if a.ContactedAt != nil {
		contact = a.ContactedAt.UTC().Format(time.DateTime)
	}
	if a.Failure != nil {
		failure = *a.Failure
	}
	return token + "\t" + contact + "\t" + failure
}

// Run forgets a token.
func (cmd *accountUnset) Run(ctx context.Context, s *Settings, c *console) error {
	store, of, err := openAccount(ctx, s, cmd.Account)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.DeleteCanvasAccess(ctx, of.MomotorID); err != nil {
		return fmt.Errorf("the Canvas of %s is not set: %w", label(of), err)
	}
	fmt.Fprintln(c.out, "unset", label(of))
	return nil
}
