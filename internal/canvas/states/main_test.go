package states_test

import (
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
