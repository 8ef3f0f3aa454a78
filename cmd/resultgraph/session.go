package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/session"
)

type sessionCommands struct {
	List   sessionList   `cmd:"" help:"List the people who are signed in."`
	Revoke sessionRevoke `cmd:"" help:"End a session, or all sessions of a person."`
}

type (
	sessionList   struct{ listFlags }
	sessionRevoke struct {
		Session string `arg:"" optional:"" help:"Beginning of the session as “session list” shows it."`
		User    int64  `env:"-" placeholder:"ID" help:"Momotor id of a person, to end all sessions of this person."`
	}
)

// newSessions returns the manager of the sessions in a store.
func newSessions(store *db.Store, s *ServeSettings, log *slog.Logger) *session.Manager {
	return session.New(session.Config{
		Store: store, Lifetime: s.SessionLifetime, Idle: s.SessionIdle, IsHTTPS: s.isHTTPS, Now: time.Now, Log: log,
	})
}

// isHTTPS reports whether a browser sent a request over HTTPS.
func (s *ServeSettings) isHTTPS(r *http.Request) bool {
	if s.PublicURL != "" {
		return strings.HasPrefix(strings.ToLower(s.PublicURL), "https://")
	}
	return r.TLS != nil
}

// baseURL returns the scheme and host that browsers use for a request.
func (s *ServeSettings) baseURL(r *http.Request) string {
	if s.PublicURL != "" {
		return strings.TrimSuffix(s.PublicURL, "/")
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// shownHash is the number of letters of a session's hash in lists.
const shownHash = 12

// Run lists the sessions.
func (cmd *sessionList) Run(ctx context.Context, s *Settings, c *console) error {
	return s.withStore(ctx, c, func(store *db.Store) error {
		sessions, err := store.ListSessions(ctx)
		if err != nil {
			return err
		}
		var rows []sessionRow
		for _, found := range sessions {
			person, err := session.ParseData(found.Data)
			if err != nil {
				return err
			}
			rows = append(rows, sessionRow{
				fmt.Sprintf("%.*s", shownHash, found.TokenHash), found.UserID, found.UserName,
				found.CreatedAt, found.LastUsedAt, found.ExpiresAt, person.Note(),
			})
		}
		return printList(c, cmd.listFlags, "SESSION\tUSER\tNAME\tCREATED\tLAST USED\tEXPIRES\tNOTE", rows)
	})
}

// A sessionRow is a row of “session list”.
type sessionRow struct {
	Session    string    `json:"session"`
	User       int64     `json:"user"`
	Name       string    `json:"name"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
	Note       string    `json:"note"`
}

func (r sessionRow) cells() []string {
	return []string{r.Session, strconv.FormatInt(r.User, 10), r.Name, formatTime(r.CreatedAt), formatTime(r.LastUsedAt), formatTime(r.ExpiresAt), r.Note}
}

func formatTime(t time.Time) string { return t.UTC().Format(time.DateTime) }

// Run ends sessions.
func (cmd *sessionRevoke) Run(ctx context.Context, s *Settings, c *console) error {
	if (cmd.Session == "") == (cmd.User == 0) {
		return usagef("give a session or --user")
	}
	return s.withStore(ctx, c, func(store *db.Store) error {
		if cmd.User != 0 {
			n, err := store.RevokeSessionsOfUser(ctx, cmd.User)
			if err == nil {
				fmt.Fprintf(c.out, "Ended %d sessions of user %d.\n", n, cmd.User)
			}
			return err
		}
		if err := store.RevokeSession(ctx, cmd.Session); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "Ended the session %s.\n", cmd.Session)
		return nil
	})
}
