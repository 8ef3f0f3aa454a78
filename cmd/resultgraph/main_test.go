package main

import (
	"os"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// mainVariable makes the test binary run main, so that tests can kill it as a subprocess.
const mainVariable = "RESULTGRAPH_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainVariable) != "" {
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
