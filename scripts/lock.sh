#!/usr/bin/env bash
# Write the packages that action.yml installs beside rca, each with the hashes of its files: the latest that pyproject.toml allows.
# The names of a registry and of its mirrors stay out; where packages come from is the business of the machine that installs them.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.venv/bin/python -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check uv
# rca itself is built on that machine, with what its build system requires.
.venv/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' > "$folder/build.in"
{
  echo "# What action.yml installs beside rca. Written by scripts/lock.sh; not by hand."
  "$folder/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml "$folder/build.in"
} > "$folder/lock.txt"
mv "$folder/lock.txt" requirements-action.txt
