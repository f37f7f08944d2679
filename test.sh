#!/usr/bin/env bash
# Sets up what the tests need, builds, checks formatting and generated files, and runs every test.
# Usage: ./test.sh            everything
#        ./test.sh --fast     without the end-to-end tests
set -uo pipefail
cd "$(dirname "$0")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
fast=false
for argument in "$@"; do
    case "$argument" in
        --fast) fast=true ;;
        *) echo "test.sh: unknown option $argument (there is only --fast)" >&2; exit 2 ;;
    esac
done

step() { printf '\n== %s\n' "$1"; }
stop() { echo "test.sh: $1" >&2; exit 1; }

step "Set-up"
build/install-test-packages.sh || stop "the tests' Debian packages could not be installed"

step "Build (warnings are errors)"
dotnet build Ryot.slnx -c Release || stop "the build failed"

step "Formatting"
dotnet format Ryot.slnx --no-restore --verify-no-changes || stop "run 'dotnet format' and commit what it changes"

step "Tests"
results=artifacts/test-results
rm -rf "$results"
status=0
for project in test/*.Tests; do
    if $fast && [ "$project" = test/Ryot.EndToEnd.Tests ]; then continue; fi
    dotnet test --project "$project" -c Release --no-build --report-trx --results-directory "$results" || status=1
done

# The runner closes each project with a summary of its own; this is their sum, read from its reports.
sum() { cat "$results"/*.trx 2>/dev/null | grep -o '<Counters [^>]*>' | grep -oE " $1=\"[0-9]+\"" | tr -dc '0-9\n' | awk "{ n += \$1 } END { print n + 0 }"; }
passed=$(sum passed) failed=$(sum failed) skipped=$(sum notExecuted)
printf '\n%s passed, %s failed, %s skipped\n' "${passed:-0}" "${failed:-0}" "${skipped:-0}"
[ "${passed:-0}" -gt 0 ] || exit 1
exit $status
