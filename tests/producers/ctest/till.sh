#!/bin/sh
# One till, many outcomes.
case "$1" in
  pass) echo "till: ok" ;;
  fail) echo "till: expected 901 cents, got 900" >&2; exit 1 ;;
  colours) printf '\033[31mred\033[0m bell\007 vt\013 ]]> <b> & ☕ bad-utf8 \377\n'; exit 2 ;;
  skip) echo "no payment provider"; exit 77 ;;
  skip-text) echo "skipped: no printer"; exit 1 ;;
  sleep) sleep 5 ;;
  crash) kill -SEGV $$ ;;
  flaky)
    if [ -e tried ]; then echo "second try"; rm tried; else : > tried; echo "first try: gateway busy"; exit 1; fi ;;
esac
