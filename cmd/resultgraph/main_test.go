package main

import (
	"os"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
