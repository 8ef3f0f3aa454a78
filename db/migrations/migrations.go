// Package migrations holds the numbered SQL that makes the store, one folder a dialect.
// Files are only ever added: a released one never changes.
package migrations

import "embed"

// Postgres and SQLite hold the same migrations under the same numbers.
var (
	//go:embed postgres
	Postgres embed.FS
	//go:embed sqlite
	SQLite embed.FS
)
