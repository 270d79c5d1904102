package cart

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"
)

var prices = map[string]int{"tea": 450, "mug": 1200}

func TestEmpty(t *testing.T) {}

func TestTotal(t *testing.T) {
	if got := 2 * prices["tea"]; got != 901 {
		t.Errorf("two teas & a <cent>: got %d, want 901", got)
	}
}

func TestPrices(t *testing.T) {
	for name, want := range map[string]int{"tea": 450, "mug": 1201, "Käse ☕": 0, "a b/c": 0} {
		t.Run(name, func(t *testing.T) {
			if got := prices[name]; got != want {
				t.Fatalf("got %d, want %d", got, want)
			}
		})
	}
}

func TestNested(t *testing.T) {
	t.Run("vouchers", func(t *testing.T) {
		t.Run("old", func(t *testing.T) { t.Error(errors.New("voucher: too old")) })
		t.Run("valid", func(t *testing.T) {})
	})
}

func TestPay(t *testing.T) { t.Skip("no provider in <tests>") }

func TestPrints(t *testing.T) {
	fmt.Print("\x1b[31mred\x1b[0m bell\x07 vt\x0b ]]> <b> & ☕ bad-utf8 \xff\n")
	fmt.Fprintln(os.Stderr, "on stderr")
	t.Log("a note")
	t.Fail()
}

func TestGröße(t *testing.T) { time.Sleep(20 * time.Millisecond) }

func BenchmarkTotal(b *testing.B) {}

func ExampleTotal() {
	fmt.Println(2 * prices["tea"])
	// Output: 901
}

func Total() {}
