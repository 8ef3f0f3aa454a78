// Package migrations contains the numbered SQL files that create and change the schema of a store,
// in one folder for each database. A released file must not change; add a new one. Each file runs in a
// transaction (.tx.). A down file must fail in a store in which its up file did not run, and the other
// way around, so they never say IF EXISTS: db.Migrator tells by this whether a file has run.
package migrations

import "embed"

// The files. Both folders contain the same migrations under the same numbers.
var (
	//go:embed postgres
	Postgres embed.FS
	//go:embed sqlite
	SQLite embed.FS
)
