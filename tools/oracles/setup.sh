#!/usr/bin/env bash
# Makes a pinned Python environment in the repository root and prints its interpreter's path. Does nothing but print
# when the environment already matches its requirements.
#
# usage: setup.sh                          the outside oracles: .venv-oracles from requirements.txt
#        setup.sh requirements-nncf.txt    another: .venv-nncf
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
requirements="$here/${1:-requirements.txt}"
name="$(basename "$requirements" .txt)"
suffix="${name#requirements}"
environment="$(cd "$here/../.." && pwd)/.venv${suffix:--oracles}"
stamp="$environment/installed-requirements.txt"

if ! cmp -s "$requirements" "$stamp"; then
    python="${OCTET_PYTHON:-python3}"
    "$python" -m venv --clear "$environment" >&2
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2
    cp "$requirements" "$stamp"
fi
echo "$environment/bin/python"
