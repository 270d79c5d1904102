#!/usr/bin/env bats
# A till in shell.

setup() {
  if [[ "$BATS_TEST_DESCRIPTION" == *"no power"* ]]; then
    echo "till: no power" >&2
    return 1
  fi
}

@test "cart is empty at first" {
  [ 0 -eq 0 ]
}

@test "cart adds up <&> \"quoted\"" {
  run echo 900
  [ "$output" -eq 901 ]
}

@test "Größe ☕ 日本" {
  true
}

@test "prints colours" {
  printf '\033[31mred\033[0m bell\007 ]]> <b> &\n'
  false
}

@test "unknown command" {
  till-that-does-not-exist
}

@test "pays" {
  skip "no provider in <tests>"
}

@test "skips without a word" {
  skip
}

@test "till opens (no power)" {
  true
}

@test "passes the second time" {
  BATS_TEST_RETRIES=2
  echo "try $BATS_TEST_TRY_NUMBER"
  [ "$BATS_TEST_TRY_NUMBER" -ge 2 ]
}

@test "never passes" {
  BATS_TEST_RETRIES=1
  echo "try $BATS_TEST_TRY_NUMBER: gateway busy"
  false
}
