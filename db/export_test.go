package db

import "testing"

// Exec runs a statement that no program would.
func Exec(t *testing.T, s *Store, sql string) {
	t.Helper()
	if _, err := s.db.ExecContext(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
