#!/usr/bin/env bash
# Makes the pinned Python environment of the outside oracles, .venv-oracles in the repository root, and prints its
# interpreter's path. Does nothing but print when the environment already matches requirements.txt.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
environment="$(cd "$here/../.." && pwd)/.venv-oracles"
requirements="$here/requirements.txt"
stamp="$environment/installed-requirements.txt"

if ! cmp -s "$requirements" "$stamp"; then
    python="${OCTET_PYTHON:-python3}"
    "$python" -m venv --clear "$environment" >&2
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2
    cp "$requirements" "$stamp"
fi
echo "$environment/bin/python"
