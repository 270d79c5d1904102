package broken

import "testing"

func TestTill(t *testing.T) { till.Open() }
