#!/usr/bin/env bash
# The test command: outside oracles, source format, imports, the examples, then every test in release.
#
# The oracles need Python 3.11 with venv and the Python package index; the models and data of the development set are
# looked for in OCTET_TEST_DATA (default ../shared). What is missing makes its suites be skipped, and with CI=true it
# is a failure. Arguments are passed on to `swift test` (for instance --filter).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '== %s\n' "$*" >&2; }
missing() {
    say "$1"
    if [ "${CI:-}" = true ]; then exit 1; fi
    say "the suites that need it are skipped"
}

export OCTET_TEST_DATA="${OCTET_TEST_DATA:-$(dirname "$PWD")/shared}"
[ -d "$OCTET_TEST_DATA/models" ] || missing "no models in OCTET_TEST_DATA=$OCTET_TEST_DATA"

say "oracles"
if python="$(tools/oracles/setup.sh)"; then
    "$python" tools/oracles/dump_onnx_backend.py .build-oracles/onnx-backend
else
    missing "the oracle environment could not be made (python3 with venv, and the Python package index, are needed)"
fi

say "format"
shopt -s nullglob
examples=(Examples/*/)
swift format lint --strict --parallel --recursive Package.swift Sources Tests "${examples[@]}"

if command -v python3 >/dev/null; then
    say "imports"
    python3 tools/check_imports.py
else
    missing "no python3 to check the imports with"
fi

for example in "${examples[@]}"; do
    say "$example"
    swift run -c release --package-path "$example" --scratch-path .build-examples | diff "$example/expected.txt" -
done

say "tests"
exec swift test -c release --scratch-path .build-release --disable-xctest "$@"
