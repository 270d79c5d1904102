package till

import (
	"os"
	"strconv"
	"testing"
)

func attempt(name string) int {
	path := os.TempDir() + "/till-" + name
	text, _ := os.ReadFile(path)
	count, _ := strconv.Atoi(string(text))
	count++
	_ = os.WriteFile(path, []byte(strconv.Itoa(count)), 0o600)
	return count
}

func TestSecondTime(t *testing.T) {
	if n := attempt("second"); n < 2 {
		t.Fatalf("try %d: gateway busy", n)
	}
}

func TestNever(t *testing.T) { t.Fatalf("try %d: no answer", attempt("never")) }

func TestParts(t *testing.T) {
	t.Run("second", func(t *testing.T) {
		if n := attempt("part"); n < 2 {
			t.Fatalf("try %d: gateway busy", n)
		}
	})
	t.Run("steady", func(t *testing.T) {})
}
