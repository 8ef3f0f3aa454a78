package lti_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// A certification is a launch of the certification of LTI 1.3: https://www.imsglobal.org/spec/lti/v1p3/cert.
type certification struct {
	name   string
	change func(claims map[string]any)
	key    func(jose.JSONWebKey) jose.JSONWebKey // nil for the published key
	// result is "rejected" or "accepted" with the roles that the person has then.
	result string
}

const membership = "http://purl.imsglobal.org/vocab/lis/v2/membership#"

// set returns a change that sets claims, given as names and values. A nil value deletes a claim.
func set(pairs ...any) func(map[string]any) {
	return func(claims map[string]any) {
		for i := 0; i < len(pairs); i += 2 {
			name := pairs[i].(string)
			if claims[name] = pairs[i+1]; pairs[i+1] == nil {
				delete(claims, name)
			}
		}
	}
}

// moved returns a change that moves the times of a token by seconds.
func moved(seconds int64) func(map[string]any) {
	return func(claims map[string]any) {
		claims["iat"], claims["exp"] = claims["iat"].(int64)+seconds, claims["exp"].(int64)+seconds
	}
}

func roles(names ...string) func(map[string]any) {
	return set(claim+"roles", append([]string{}, names...))
}

var noChange = set()

// certifications are the cases of the certification.
var certifications = []certification{
	{"no key id", noChange, func(k jose.JSONWebKey) jose.JSONWebKey { k.KeyID = ""; return k }, "rejected"},
	{"wrong key id", noChange, func(k jose.JSONWebKey) jose.JSONWebKey { k.KeyID = "wrong"; return k }, "rejected"},
	{"wrong version", set(claim+"version", "11.3"), nil, "rejected"},
	{"no version", set(claim+"version", nil), nil, "rejected"},
	{"no LTI message", set(claim+"message_type", "xyz"), nil, "rejected"},
	{"LTI claims missing", func(claims map[string]any) {
		for name := range claims {
			if strings.HasPrefix(name, claim) {
				delete(claims, name)
			}
		}
	}, nil, "rejected"},
	{"times in the past", moved(-2 * 3600), nil, "rejected"},
	{"times in the future", moved(2 * 3600), nil, "rejected"},
	{"no message type", set(claim+"message_type", nil), nil, "rejected"},
	{"no roles claim", set(claim+"roles", nil), nil, "rejected"},
	{"no deployment id", set(claim+"deployment_id", nil), nil, "rejected"},
	{"no resource link", set(claim+"resource_link", nil), nil, "rejected"},
	{"resource link without id", set(claim+"resource_link", map[string]any{"title": "x"}), nil, "rejected"},
	{"no subject", set("sub", nil), nil, "rejected"},

	{"teacher", roles(membership + "Instructor"), nil, "accepted: teacher"},
	{"teacher, several roles", roles(membership+"Instructor", "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff"), nil, "accepted: teacher"},
	{"teacher, short role", roles("Instructor"), nil, "accepted: teacher"},
	{"teacher, email without names", set(claim+"roles", []string{membership + "Instructor"}, "name", nil, "email", "tess@example.edu"), nil, "accepted: teacher"},
	{"teacher, names without email", set(claim+"roles", []string{membership + "Instructor"}, "given_name", "Tess", "family_name", "Teacher"), nil, "accepted: teacher"},
	{"teacher, no personal data", set(claim+"roles", []string{membership + "Instructor"}, "name", nil), nil, "accepted: teacher"},
	{"teaching assistant", roles(membership+"Instructor", "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"), nil, "accepted: ta"},
	{"student", noChange, nil, "accepted: student"},
	{"student, several roles", roles(membership+"Learner", membership+"Mentor"), nil, "accepted: student"},
	{"student, short role", roles("Learner"), nil, "accepted: student"},
	{"student, email without names", set("name", nil, "email", "eve@example.edu"), nil, "accepted: student"},
	{"student, names without email", set("given_name", "Eve", "family_name", "Example"), nil, "accepted: student"},
	{"student, no personal data", set("name", nil), nil, "accepted: student"},
	{"teacher and student", roles(membership+"Instructor", membership+"Learner"), nil, "accepted: student, teacher"},
	{"unknown role", roles("http://example.com/roles#Boss"), nil, "accepted: no role"},
	{"empty roles", roles(), nil, "accepted: no role"},
	{"no context", set(claim+"context", nil, claim+"custom", map[string]any{"canvas_user_id": "7"}), nil, "accepted: no role"},
	{"only a resource link", func(claims map[string]any) {
		claims[claim+"custom"] = map[string]any{"canvas_user_id": "7", "canvas_course_id": "$Canvas.course.id"}
		delete(claims, "name")
	}, nil, "accepted: no role"},
}

// The launches of the certification have the results of the table in docs/lti.md. A rejected launch signs nobody
// in and writes no row.
func TestCertification(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/lti.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range certifications {
		if row := fmt.Sprintf("| %s | `TestCertification` | %s |\n", c.name, c.result); !strings.Contains(string(page), row) {
			t.Errorf("docs/lti.md lacks the row %s", row)
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSQLiteSite(t)
			g := newSigner(t, s)
			key := g.keys[0]
			if c.key != nil {
				key = c.key(key)
			}
			l := g.login(t)
			r := s.post(t, "/lti/launch", g.form(t, l, key, c.change), l.cookies)
			result := "accepted: " + s.rolesOf(t)
			if r.status == http.StatusForbidden && len(r.cookies) == 0 && count(t, s.store, `"user"`)+count(t, s.store, "course")+count(t, s.store, "lti_nonce") == 0 {
				result = "rejected"
			} else if r.status != http.StatusSeeOther {
				t.Errorf("the launch = %d %v %s\n%s", r.status, r.cookies, r.body, s.log)
			}
			if result != c.result {
				t.Errorf("the launch is %s, want %s\n%s", result, c.result, s.log)
			}
		})
	}
}

// rolesOf returns the roles in the store, which has one person.
func (s *site) rolesOf(t *testing.T) string {
	t.Helper()
	rows, err := s.store.SQL().QueryContext(t.Context(), "SELECT role FROM enrollment")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if names == nil {
		return "no role"
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
