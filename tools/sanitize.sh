#!/usr/bin/env bash
# Runs the tests under sanitizers, each build in a folder of its own: sanitize.sh [address|thread|undefined ...]
#
# address finds reads and writes outside of memory, in Swift's unsafe code and in the kernels; thread finds data races of
# the pool; undefined traps at shifts, overflows, alignments and conversions that C does not define. Without a name all
# three run. SANITIZE_FILTER (a regular expression) chooses the suites.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export OCTET_TEST_DATA="${OCTET_TEST_DATA:-$(dirname "$PWD")/shared}"
# The kernels, what runs them, and what meets files; DamagedModelTests bound the address space, which a sanitizer fills.
filter="${SANITIZE_FILTER:-^(KernelsTests|RuntimeTests|OnnxFormatTests|OperatorsTests|TensorCoreTests|DatasetsTests)\\.}"

run() {
    printf '== %s\n' "$1" >&2
    swift test -c release --scratch-path ".build-$1" --disable-xctest --filter "$filter" "${@:2}"
}

for sanitizer in "${@:-address thread undefined}"; do
    for name in $sanitizer; do
        case "$name" in
        address) ASAN_OPTIONS=detect_leaks=0 run address --sanitize=address ;;
        thread) run thread --sanitize=thread ;;
        undefined) run undefined -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined ;;
        *)
            echo "unknown sanitizer '$name': address, thread or undefined" >&2
            exit 2
            ;;
        esac
    done
done
