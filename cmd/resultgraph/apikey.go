package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
)

type apiKeyCommands struct {
	Create apiKeyCreate `cmd:"" help:"Make a key and print it: it is shown this once."`
	List   apiKeyList   `cmd:"" help:"List the keys, without their secrets."`
	Revoke apiKeyRevoke `cmd:"" help:"Make a key invalid for ever."`
}

type apiKeyCreate struct {
	Name     string      `required:"" help:"What the key is for."`
	Course   []courseRef `required:"" placeholder:"ACCOUNT/CANVAS_ID" help:"A course that the key opens: the Momotor id of the account and the Canvas id of the course. May be given several times."`
	Expires  moment      `placeholder:"DATE" help:"When the key stops working: 2027-01-31, or with a time 2027-01-31T12:00:00Z."`
	ReadOnly bool        `help:"The key may read and change nothing."`
}

type (
	apiKeyList   struct{}
	apiKeyRevoke struct {
		Prefix string `arg:"" help:"The part of the key before the dot."`
	}
)

// Run makes a key.
func (cmd *apiKeyCreate) Run(ctx context.Context, s *Settings, c *console) error {
	if cmd.Name = strings.TrimSpace(cmd.Name); cmd.Name == "" || len(cmd.Name) > 200 {
		return fmt.Errorf("--name must have 1 to 200 characters")
	}
	if !cmd.Expires.IsZero() && cmd.Expires.Before(time.Now()) {
		return fmt.Errorf("--expires is in the past")
	}
	store, err := s.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	var courses []int64
	for _, ref := range cmd.Course {
		id, err := store.FindCourseID(ctx, ref.account, ref.canvasID)
		if err != nil {
			return err
		}
		courses = append(courses, id)
	}
	key, err := createKey(ctx, store, cmd.Name, courses, cmd.Expires.optional(), cmd.ReadOnly, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, key.Reveal())
	return nil
}

// createKey makes a key that opens courses, and stores its hash.
func createKey(ctx context.Context, store *db.Store, name string, courses []int64, expires *time.Time, readOnly bool, now time.Time) (access.Key, error) {
	key, err := access.NewKey(rand.Reader)
	if err != nil {
		return key, err
	}
	return key, store.CreateAPIKey(ctx, &db.APIKeyItem{
		Key: db.APIKey{
			Prefix: key.Prefix(), HashedKey: key.Hash(), Name: name,
			CreatedAt: now, ExpiresAt: expires, ReadOnly: readOnly,
		},
		Courses: courses,
	})
}

// Run lists the keys.
func (*apiKeyList) Run(ctx context.Context, s *Settings, c *console) error {
	store, err := s.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	keys, err := store.ListAPIKeys(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PREFIX\tNAME\tCREATED\tEXPIRES\tSTATE\tMAY\tCOURSES")
	for _, k := range keys {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Prefix, k.Name, date(&k.CreatedAt), date(k.ExpiresAt),
			stateOf(k, time.Now()), map[bool]string{true: "read", false: "read and write"}[k.ReadOnly], strings.Join(k.Courses, " "))
	}
	return w.Flush()
}

func stateOf(k *db.ListedAPIKey, now time.Time) string {
	switch {
	case k.Revoked:
		return "revoked"
	case k.ExpiresAt != nil && k.ExpiresAt.Before(now):
		return "expired"
	}
	return "valid"
}

func date(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.UTC().Format("2006-01-02")
}

// Run revokes a key.
func (cmd *apiKeyRevoke) Run(ctx context.Context, s *Settings, c *console) error {
	store, err := s.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.RevokeAPIKey(ctx, cmd.Prefix); err != nil {
		return err
	}
	fmt.Fprintln(c.out, "revoked", cmd.Prefix)
	return nil
}

// A courseRef names a course on the command line.
type courseRef struct{ account, canvasID int64 }

// UnmarshalText reads ACCOUNT/CANVAS_ID.
func (r *courseRef) UnmarshalText(text []byte) error {
	account, canvas, _ := strings.Cut(string(text), "/")
	var err1, err2 error
	r.account, err1 = strconv.ParseInt(account, 10, 64)
	r.canvasID, err2 = strconv.ParseInt(canvas, 10, 64)
	if err1 != nil || err2 != nil {
		return fmt.Errorf("%q must be ACCOUNT/CANVAS_ID, two numbers such as 1/1001", text)
	}
	return nil
}

// A moment is a date or a time on the command line.
type moment struct{ time.Time }

// UnmarshalText reads a date, whose first second in UTC it is, or a time as in RFC 3339.
func (m *moment) UnmarshalText(text []byte) (err error) {
	if m.Time, err = time.Parse(time.DateOnly, string(text)); err != nil {
		m.Time, err = time.Parse(time.RFC3339, string(text))
	}
	if err != nil {
		return fmt.Errorf("%q must be a date such as 2027-01-31 or a time such as 2027-01-31T12:00:00Z", text)
	}
	return nil
}

func (m moment) optional() *time.Time {
	if m.IsZero() {
		return nil
	}
	return &m.Time
}
