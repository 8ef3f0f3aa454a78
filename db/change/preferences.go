package change

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// SetPreferences replaces the preferences of a person in a course. The value is JSON without spaces. It
// fails with fault.BadInput for JSON that is not an object, and with fault.TooLarge for more than
// db.MaxPreferencesBytes. It works in a read-only course too, because preferences are not a part of the
// course.
func (t *Tx) SetPreferences(ctx context.Context, k db.MemberKey, value json.RawMessage) error {
	if !bytes.HasPrefix(value, []byte("{")) {
		return fault.New(fault.BadInput, "Preferences must be a JSON object.")
	}
	if len(value) > db.MaxPreferencesBytes {
		return fault.New(fault.TooLarge, fmt.Sprintf("Preferences may have at most %d bytes of JSON, and these have %d: keep less.", db.MaxPreferencesBytes, len(value)))
	}
	row := &db.Preferences{CourseID: k.CourseID, UserID: k.UserID, Value: value}
	if err := query.Upsert(ctx, t.tx, []*db.Preferences{row}, row.PrimaryKey()); err != nil {
		return fmt.Errorf("write the preferences of user %d: %w", k.UserID, query.WrapError(err))
	}
	return nil
}
