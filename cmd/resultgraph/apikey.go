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
	Create apiKeyCreate `cmd:"" help:"Create a key and print it; it is not shown again."`
	List   apiKeyList   `cmd:"" help:"List the keys without their secrets."`
	Revoke apiKeyRevoke `cmd:"" help:"Revoke a key permanently."`
}

type apiKeyCreate struct {
	Name      string      `required:"" help:"Purpose of the key."`
	Course    []courseRef `required:"" placeholder:"ACCOUNT/CANVAS_ID" help:"Course that the key opens, by the Momotor id of the account and the Canvas id of the course; repeatable."`
	ExpiresAt timeValue   `placeholder:"DATE" help:"Expiry date of the key: 2027-01-31, or 2027-01-31T12:00:00Z."`
	ReadOnly  bool        `help:"Allow the key to read only."`
}

type (
	apiKeyList   struct{}
	apiKeyRevoke struct {
		Prefix string `arg:"" help:"Part of the key before the dot."`
	}
)

// Run creates a key.
func (cmd *apiKeyCreate) Run(ctx context.Context, s *Settings, c *console) error {
	if cmd.Name = strings.TrimSpace(cmd.Name); cmd.Name == "" || len(cmd.Name) > 200 {
		return fmt.Errorf("--name must have 1 to 200 characters")
	}
	if !cmd.ExpiresAt.IsZero() && cmd.ExpiresAt.Before(time.Now()) {
		return fmt.Errorf("--expires-at is in the past")
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
	key, err := createKey(ctx, store, cmd.Name, courses, cmd.ExpiresAt.optional(), cmd.ReadOnly, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, key.Reveal())
	return nil
}

// createKey creates a key that opens the given courses, and stores its hash.
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
	fmt.Fprintln(w, "PREFIX\tNAME\tCREATED\tEXPIRES\tSTATE\tACCESS\tCOURSES")
	for _, k := range keys {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Prefix, k.Name, formatDate(&k.CreatedAt), formatDate(k.ExpiresAt),
			keyState(k, time.Now()), map[bool]string{true: "read", false: "read and write"}[k.ReadOnly], strings.Join(k.Courses, " "))
	}
	return w.Flush()
}

func keyState(k *db.ListedAPIKey, now time.Time) string {
	switch {
	case k.Revoked:
		return "revoked"
	case k.ExpiresAt != nil && k.ExpiresAt.Before(now):
		return "expired"
	}
	return "valid"
}

func formatDate(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.UTC().Format(time.DateOnly)
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
	fmt.Fprintf(c.out, "Revoked the key %s.\n", cmd.Prefix)
	return nil
}

// A courseRef is a value of --course.
type courseRef struct{ account, canvasID int64 }

// UnmarshalText parses ACCOUNT/CANVAS_ID.
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

// A timeValue is the value of a flag that is a date or a time.
type timeValue struct{ time.Time }

// UnmarshalText parses a time as in RFC 3339, or a date, which stands for 0:00 UTC.
func (v *timeValue) UnmarshalText(text []byte) (err error) {
	if v.Time, err = time.Parse(time.DateOnly, string(text)); err != nil {
		v.Time, err = time.Parse(time.RFC3339, string(text))
	}
	if err != nil {
		return fmt.Errorf("%q must be a date such as 2027-01-31 or a time such as 2027-01-31T12:00:00Z", text)
	}
	return nil
}

// optional returns nil for a flag that is not set.
func (v timeValue) optional() *time.Time {
	if v.IsZero() {
		return nil
	}
	return &v.Time
}
