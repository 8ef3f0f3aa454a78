package answers

import (
	"reflect"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/access"
)

// The digest depends on every field of the caller, so that no caller gets an answer that another one may
// see. A new field needs a value here, and a line in hashInput.caller.
func TestDigestCoversCaller(t *testing.T) {
	t.Parallel()
	now := time.Now()
	other := access.Principal{
		Kind: access.APIKey, Name: "n", KeyID: 1, Prefix: "p", UserID: 1, Note: "o", ReadOnly: true, Expires: &now, MinGroup: 5,
		Grants: []access.Grant{{CourseID: 1, Roles: access.Teacher}}, Pseudonymous: true,
	}
	hash := func(p access.Principal) string {
		var h hashInput
		h.caller(&p)
		return string(h)
	}
	for i, field := range reflect.VisibleFields(reflect.TypeFor[access.Principal]()) {
		var p access.Principal
		reflect.ValueOf(&p).Elem().Field(i).Set(reflect.ValueOf(other).Field(i))
		if hash(p) == hash(access.Principal{}) {
			t.Errorf("the digest does not depend on Principal.%s", field.Name)
		}
	}
}
