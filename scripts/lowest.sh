#!/usr/bin/env bash
# Run the tests with the lowest versions of all dependencies that pyproject.toml allows.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.venv/bin/python -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" --resolution lowest-direct --editable '.[dev]'
"$folder/venv/bin/python" -m pytest -q -m "not slow"
