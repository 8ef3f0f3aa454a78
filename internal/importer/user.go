package importer

import (
	"context"

	"github.com/momotor/resultgraph/db"
)

func userType() *itemType[db.User, canvasKey] {
	return &itemType[db.User, canvasKey]{
		name: typeUser, batchSize: 500, read: (*batchReader).readUser,
		key:   func(u *db.User) canvasKey { return canvasKey{u.AccountID, u.CanvasID} },
		write: (*run).putUsers,
	}
}

func (r *run) putUsers(ctx context.Context, rows []*db.User) ([]db.Change, error) {
	return r.Store.PutUsers(ctx, rows)
}

func (rd *batchReader) readUser(ctx context.Context, o *object) (u db.User, err error) {
	account := required(o, "account", parseKey)
	u = db.User{
		CanvasID:     required(o, "canvas_id", parseCanvasID),
		Name:         required(o, "name", parseText),
		SortableName: required(o, "sortable_name", parseText),
		LoginID:      optional(o, "login_id", parseText),
	}
	if err := o.validate(rd.Lenient); err != nil {
		return u, err
	}
	u.AccountID, err = rd.ids.account(ctx, account)
	return u, err
}
