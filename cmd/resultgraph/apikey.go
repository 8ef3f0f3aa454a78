package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
)

type apiKeyCommands struct {
	Create apiKeyCreate `cmd:"" help:"Create a key and print it; it is not shown again."`
	List   apiKeyList   `cmd:"" help:"List the keys without their secrets."`
	Update apiKeyUpdate `cmd:"" help:"Change the name, expiry or courses of a key."`
	Revoke apiKeyRevoke `cmd:"" help:"Revoke a key permanently."`
}

type apiKeyCreate struct {
	Name      string      `required:"" help:"Purpose of the key."`
	Course    []courseRef `required:"" placeholder:"ACCOUNT/CANVAS_ID" help:"Course that the key opens, by the Momotor id of the account and the Canvas id of the course; repeatable."`
	ExpiresAt timeValue   `placeholder:"DATE" help:"Expiry date of the key: 2027-01-31, or 2027-01-31T12:00:00Z."`
	ReadOnly  bool        `help:"Allow the key to read only."`

	AggregatesOnly bool `xor:"kind" help:"Allow the key to read figures over groups of students only, and nothing of one person."`
	MinGroup       int  `placeholder:"STUDENTS" help:"Minimum number of students in a figure of an --aggregates-only key, from 2 to 1000; 5 by default."`
	Pseudonymous   bool `xor:"kind" help:"Replace people by stable pseudonyms for the key, and hide texts and files about them. The key can read only."`
}

// defaultMinGroup is the default of --min-group.
const defaultMinGroup = 5

// An apiKeyUpdate has no environment variables: one that is set for other keys would change this key too.
type apiKeyUpdate struct {
	Prefix       string      `arg:"" help:"Part of the key before the dot."`
	Name         *string     `env:"-" help:"New purpose of the key."`
	Course       []courseRef `env:"-" placeholder:"ACCOUNT/CANVAS_ID" help:"Course that the key opens; repeatable. The courses replace all courses of the key."`
	ExpiresAt    timeValue   `env:"-" xor:"expiry" placeholder:"DATE" help:"New expiry date of the key: 2027-01-31, or 2027-01-31T12:00:00Z."`
	NeverExpires bool        `env:"-" xor:"expiry" help:"Remove the expiry date."`
}

type (
	apiKeyList   struct{ listFlags }
	apiKeyRevoke struct {
		Prefix string `arg:"" help:"Part of the key before the dot."`
	}
)

// Run creates a key.
func (cmd *apiKeyCreate) Run(ctx context.Context, s *Settings, c *console) error {
	name, err := keyName(cmd.Name)
	if err != nil {
		return err
	}
	expires, err := keyExpiry(cmd.ExpiresAt, time.Now())
	if err != nil {
		return err
	}
	minGroup, err := cmd.minGroup()
	if err != nil {
		return err
	}
	return s.withStore(ctx, c, func(store *db.Store) error {
		courses, err := courseIDs(ctx, store, cmd.Course)
		if err != nil {
			return err
		}
		row := db.APIKey{Name: name, CreatedAt: time.Now(), ExpiresAt: expires, ReadOnly: cmd.ReadOnly, MinGroup: minGroup, Pseudonymous: cmd.Pseudonymous}
		key, err := access.NewKey(rand.Reader)
		if err == nil {
			err = storeKey(ctx, store, key, row, courses)
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(c.out, key.Reveal())
		return nil
	})
}

// minGroup returns the minimum number of students in a figure, or nil for a key without --aggregates-only.
func (cmd *apiKeyCreate) minGroup() (*int, error) {
	switch n := cmp.Or(cmd.MinGroup, defaultMinGroup); {
	case !cmd.AggregatesOnly && cmd.MinGroup != 0:
		return nil, usagef("--min-group needs --aggregates-only")
	case !cmd.AggregatesOnly:
		return nil, nil
	case n < db.LeastMinGroup || n > db.MostMinGroup:
		return nil, usagef("--min-group is %d, and must be from %d to %d", n, db.LeastMinGroup, db.MostMinGroup)
	default:
		return &n, nil
	}
}

// keyName returns the name of a key without surrounding spaces.
func keyName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > 200 || strings.ContainsFunc(name, isUnprintable) {
		return "", usagef("--name must have 1 to 200 characters, all printable")
	}
	return name, nil
}

// isUnprintable reports whether a character cannot be printed, or replaces malformed UTF-8.
func isUnprintable(c rune) bool { return c == utf8.RuneError || !unicode.IsPrint(c) }

// keyExpiry returns the expiry of a key, or nil for a flag that is not set.
func keyExpiry(v timeValue, now time.Time) (*time.Time, error) {
	if !v.IsZero() && v.Before(now) {
		return nil, usagef("--expires-at is in the past")
	}
	return v.optional(), nil
}

// courseIDs returns the ids of courses.
func courseIDs(ctx context.Context, store *db.Store, refs []courseRef) ([]int64, error) {
	var ids []int64
	for _, ref := range refs {
		id, err := store.FindCourseID(ctx, ref.account, ref.canvasID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// storeKey stores the prefix and the hash of a key in a row that has everything else.
func storeKey(ctx context.Context, store *db.Store, key access.Key, row db.APIKey, courses []int64) error {
	row.Prefix, row.HashedKey = key.Prefix(), key.Hash()
	return store.CreateAPIKey(ctx, &db.APIKeyItem{Key: row, Courses: courses})
}

// Run lists the keys.
func (cmd *apiKeyList) Run(ctx context.Context, s *Settings, c *console) error {
	return s.withStore(ctx, c, func(store *db.Store) error {
		keys, err := store.ListAPIKeys(ctx)
		if err != nil {
			return err
		}
		var rows []apiKeyRow
		for _, k := range keys {
			rows = append(rows, apiKeyRow{k.Prefix, k.Name, k.CreatedAt, k.ExpiresAt, k.LastUsedAt, keyState(k, time.Now()), keyAccess(k), k.Courses})
		}
		return printList(c, cmd.listFlags, "PREFIX\tNAME\tCREATED\tEXPIRES\tLAST USED\tSTATE\tACCESS\tCOURSES", rows)
	})
}

// An apiKeyRow is a row of “apikey list”.
type apiKeyRow struct {
	Prefix    string     `json:"prefix"`
	Name      string     `json:"name"`
	CreatedAt time.Time  `json:"createdAt"`
	ExpiresAt *time.Time `json:"expiresAt"`
	LastUsed  *time.Time `json:"lastUsedAt"`
	State     string     `json:"state"`
	Access    string     `json:"access"`
	Courses   []string   `json:"courses"`
}

func (r apiKeyRow) cells() []string {
	return []string{r.Prefix, r.Name, formatDate(&r.CreatedAt), formatDate(r.ExpiresAt), formatDate(r.LastUsed), r.State, r.Access, strings.Join(r.Courses, " ")}
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

// keyAccess describes what a key may do.
func keyAccess(k *db.ListedAPIKey) string {
	switch {
	case k.MinGroup != nil:
		return fmt.Sprintf("figures of %d or more", *k.MinGroup)
	case k.Pseudonymous:
		return "read pseudonyms"
	case k.ReadOnly:
		return "read"
	}
	return "read and write"
}

func formatDate(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.UTC().Format(time.DateOnly)
}

// Run changes a key.
func (cmd *apiKeyUpdate) Run(ctx context.Context, s *Settings, c *console) error {
	change, err := cmd.change(time.Now())
	if err != nil {
		return err
	}
	return s.withStore(ctx, c, func(store *db.Store) error {
		if change.Courses, err = courseIDs(ctx, store, cmd.Course); err != nil {
			return err
		}
		if err := store.UpdateAPIKey(ctx, cmd.Prefix, change); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "Updated the key %s. If it is imported, the next import restores the values of its source.\n", cmd.Prefix)
		return nil
	})
}

// change returns the change that the flags request, without the courses.
func (cmd *apiKeyUpdate) change(now time.Time) (change db.APIKeyChange, err error) {
	if cmd.Name == nil && cmd.Course == nil && cmd.ExpiresAt.IsZero() && !cmd.NeverExpires {
		return change, usagef("nothing to change: give --name, --course, --expires-at or --never-expires")
	}
	if cmd.Name != nil {
		if change.Name, err = keyName(*cmd.Name); err != nil {
			return change, err
		}
	}
	change.NeverExpires = cmd.NeverExpires
	change.ExpiresAt, err = keyExpiry(cmd.ExpiresAt, now)
	return change, err
}

// Run revokes a key.
func (cmd *apiKeyRevoke) Run(ctx context.Context, s *Settings, c *console) error {
	return s.withStore(ctx, c, func(store *db.Store) error {
		if err := store.RevokeAPIKey(ctx, cmd.Prefix); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "Revoked the key %s.\n", cmd.Prefix)
		return nil
	})
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
