#!/usr/bin/env bash
# packaging/units/trial/run.sh PROGRAMS: boots systemd in namespaces of its own, over this machine's files, installs the
# units as docs/install.md says, and shows both at work. For root on Linux with systemd; PROGRAMS is a folder that
# `deno task compile` wrote. Nothing of the machine is changed: all that is written goes with the namespaces.
set -euo pipefail
programs=$(realpath "${1:?name the folder of the compiled programs}")
trial=$(dirname "$(realpath "$0")")
result=$(mktemp)
trap 'rm -f "$result"' EXIT

# systemd ends its namespace by itself; the limit is for one that hangs.
timeout --signal=KILL 120 unshare --fork --pid --mount --uts --ipc --net --kill-child=KILL --propagation private \
  bash "$trial/boot.sh" "$programs" "$result" >/dev/null 2>&1 </dev/null || true
cat "$result"
grep -q '^all was tried$' "$result" && ! grep -q '^FAILED' "$result"
