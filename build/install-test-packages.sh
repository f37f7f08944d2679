#!/usr/bin/env bash
# Installs the Debian packages that the tests drive as real programs. Does nothing when all are there.
set -euo pipefail

packages=(prometheus prometheus-alertmanager wamerican gcc libc6-dev)
commands=(promtool prometheus amtool prometheus-alertmanager cc)

missing=false
for command in "${commands[@]}"; do
    command -v "$command" >/dev/null || missing=true
done
[ -e /usr/share/dict/american-english ] || missing=true
$missing || exit 0

if ! command -v apt-get >/dev/null; then
    echo "The tests need these programs: ${commands[*]}, and the word list of Debian's wamerican. Install them by hand: apt-get was not found." >&2
    exit 1
fi
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
# The services must not start by themselves: the tests run their own copies on ephemeral ports.
$sudo env RUNLEVEL=1 apt-get install -q -y --no-install-recommends "${packages[@]}"
