package exits

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	fmt.Println("warehouse: connection refused")
	os.Exit(3)
}

func TestCounts(t *testing.T) {}
