package importer

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
)

func userType() *itemType[db.User, canvasKey] {
	return &itemType[db.User, canvasKey]{
		name: typeUser, batchSize: 500, read: (*batchReader).readUser,
		key:   func(u *db.User) canvasKey { return canvasKey{u.AccountID, u.CanvasID} },
		write: (*run).writeUsers,
	}
}

func (r *run) writeUsers(ctx context.Context, rows []*db.User) ([]ingest.Change, error) {
	return ingest.UpsertUsers(ctx, r.Store, rows)
}

func (rd *batchReader) readUser(ctx context.Context, o *object) (u db.User, err error) {
	account := required(o, "account", parseKey)
	u = db.User{
		CanvasID:     required(o, "canvas_id", parseCanvasID),
		Name:         required(o, "name", parseName),
		SortableName: required(o, "sortable_name", parseName),
		LoginID:      optional(o, "login_id", parseName),
	}
	u.MomotorID = exportedID(o)
	if err := o.validate(rd.Lenient); err != nil {
		return u, err
	}
	u.AccountID, err = rd.ids.account(ctx, account)
	return u, err
}
