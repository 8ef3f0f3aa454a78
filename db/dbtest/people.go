package dbtest

import (
	"crypto/rand"
	"encoding/base64"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
)

// People are the people of an account, whose ids, names and texts are unmistakable.
type People struct {
	IDs, CanvasIDs []int64
	// Marks are the texts that name them. Each mark identifies at most one person.
	Marks []string
}

// StartIDs makes the next ids of a store unmistakable numbers of twelve digits.
func StartIDs(t testing.TB, s *db.Store) {
	t.Helper()
	Exec(t, s, "UPDATE counter SET value = 770000000000 WHERE name = 'id'")
}

// MarkPeople marks all people of an account, and all texts of the store that can name people. StartIDs must
// have been called before people were added, and all Canvas ids must be below 10⁹.
func MarkPeople(t testing.TB, s *db.Store, account int64) *People {
	t.Helper()
	jobErrors := `jsonb('[{"error": "unmistakable"}]')`
	if s.IsPostgres() {
		jobErrors = `ARRAY['{"error": "unmistakable"}'::jsonb]`
	}
	for _, sql := range []string{
		`UPDATE "user" SET canvas_id = canvas_id + 880000000000, name = 'Unmistakable ' || id, sortable_name = 'Unmistakable, ' || id, login_id = 'unmistakable' || id`,
		"UPDATE result SET label = 'unmistakable ' || id, summary = 'unmistakable', preview_url = 'https://canvas.example/unmistakable/' || user_id",
		`UPDATE step SET label = 'unmistakable', summary = 'unmistakable', details = '{"by": "unmistakable"}'`,
		"UPDATE upload SET failure = 'unmistakable' WHERE state = 'failed'",
		"UPDATE upload_outcome SET reason = 'unmistakable ' || user_id",
		"UPDATE bundle SET name = 'unmistakable.zip'",
		"UPDATE river_job SET errors = " + jobErrors,
	} {
		Exec(t, s, sql)
	}
	byCanvasID, err := s.UserIDs(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	p := &People{Marks: []string{"unmistakable"}}
	for canvasID, id := range byCanvasID {
		p.IDs, p.CanvasIDs = append(p.IDs, id), append(p.CanvasIDs, canvasID)
		p.Marks = append(p.Marks, strconv.FormatInt(id, 10), strconv.FormatInt(canvasID, 10))
	}
	slices.Sort(p.IDs)
	slices.Sort(p.CanvasIDs)
	return p
}

// MakePseudonymous adds a pseudonymous key to a store, and makes a caller one with this key.
func MakePseudonymous(t testing.TB, s *db.Store, p *access.Principal) {
	t.Helper()
	item := &db.APIKeyItem{Key: db.APIKey{Prefix: strings.ToLower(rand.Text()), HashedKey: "hash", ReadOnly: true, Pseudonymous: true}}
	if err := s.CreateAPIKey(t.Context(), item); err != nil {
		t.Fatal(err)
	}
	p.KeyID, p.ReadOnly, p.Pseudonymous = item.Key.MomotorID, true, true
}

// Pseudonym returns the pseudonym of a person for a key.
func Pseudonym(t testing.TB, s *db.Store, key, user int64) (number int64) {
	t.Helper()
	if err := s.DB().NewRaw("SELECT number FROM pseudonym WHERE api_key_id = ? AND user_id = ?", key, user).Scan(t.Context(), &number); err != nil {
		t.Fatalf("read the pseudonym of the person %d: %v", user, err)
	}
	return number
}

var base64Tokens = regexp.MustCompile(`[A-Za-z0-9_-]{8,}`)

// MarksIn returns the marks that a text contains, also in base64, as in global ids and cursors.
func (p *People) MarksIn(text string) (found []string) {
	for _, token := range base64Tokens.FindAllString(text, -1) {
		if decoded, err := base64.RawURLEncoding.DecodeString(token); err == nil {
			text += "\n" + string(decoded)
		}
	}
	text = strings.ToLower(text)
	for _, mark := range p.Marks {
		if strings.Contains(text, mark) {
			found = append(found, mark)
		}
	}
	return found
}
