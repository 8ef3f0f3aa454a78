package importer

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
)

// maxMomotorID leaves room for the ids that the store assigns.
const maxMomotorID = 1<<53 - 1

func accountType() *itemType[db.Account, string] {
	return &itemType[db.Account, string]{
		name: typeAccount, batchSize: 500, read: (*batchReader).readAccount,
		key:   func(a *db.Account) string { return a.CanvasGUID },
		write: (*run).writeAccounts,
	}
}

func (r *run) writeAccounts(ctx context.Context, rows []*db.Account) ([]ingest.Change, error) {
	return ingest.UpsertAccounts(ctx, r.Store, rows)
}

func (rd *batchReader) readAccount(_ context.Context, o *object) (a db.Account, err error) {
	a = db.Account{
		CanvasGUID: required(o, "canvas_guid", parseKey),
		BaseURL:    required(o, "base_url", parseURL),
		Name:       required(o, "name", parseName),
	}
	if id := optional(o, "id", parseInteger(maxMomotorID)); id != nil {
		a.MomotorID = *id
	}
	return a, o.validate(rd.Lenient)
}
