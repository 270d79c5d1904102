package panics

import "testing"

func TestBefore(t *testing.T) {}

func TestPanics(t *testing.T) {
	var prices map[string]int
	prices["tea"] = 450
}

func TestAfter(t *testing.T) {}
