#!/bin/sh
# Writes requirements/*.lock anew from requirements/*.in, with the hashes of every published file and
# no address. For whoever changes a dependency; needs the network. Not part of the set-up.
set -eu
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT INT TERM
"${KIT_PYTHON:-python3}" -m venv "$tools"
"$tools/bin/python" -m pip --disable-pip-version-check install --quiet 'pip-tools>=7.5'
cd requirements
for name in run dev freeze; do
    "$tools/bin/python" -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras \
        --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
        --annotation-style=line --output-file="$name.lock" "$name.in" "$@"
done
