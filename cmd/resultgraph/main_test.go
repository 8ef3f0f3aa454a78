package main

import (
	"os"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// asProgram makes the tests' binary the program itself, so that tests can kill it.
const asProgram = "RESULTGRAPH_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	dbtest.Main(m)
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
