#!/usr/bin/env bash
# Runs as a service beside the server: a line `ok …` or `FAILED …` for each thing that the units promise.
set -u
export NO_COLOR=1
server=http://127.0.0.1:3000
check() { # NAME COMMAND…
  local name=$1
  shift
  if "$@" >/tmp/said 2>&1; then echo "ok  $name"; else echo "FAILED  $name: $(head -c 500 /tmp/said)"; fi
}
within() { # SECONDS COMMAND…
  local end=$((SECONDS + $1))
  shift
  until "$@"; do ((SECONDS < end)) && sleep 0.2 || return 1; done
}
ready() { curl -fsS "$server/readyz"; }
pid() { systemctl show -p MainPID --value cortex-server; }
has() { grep -qE "$2" "/proc/$(pid)/$1"; }
as_admin() { curl -fsS -H "X-Admin-Token: $(cat /trial/admin-token)" "$@"; }

check "the server is ready, unsealed by its credential" within 30 ready
check "it has a user of its own" bash -c "[[ \$(ps -o user= -p $(pid)) == cortex-a* ]]"
check "no capability" has status '^CapBnd:\s0+$'
check "system calls are filtered" has status '^Seccomp:\s2'
check "keys are in locked memory" has status '^VmLck:\s+[1-9]'
check "no core dump" has limits '^Max core file size +0 '
check "the admin token is the credential's" as_admin "$server/admin/overview"
check "its folder is its own" bash -c "[[ \$(stat -c %a:%U /var/lib/cortex-auth/vault.db) == 600:cortex-auth ]]"
check "systemctl restart" bash -c "systemctl restart cortex-server"
check "it is ready again" within 30 ready

useradd --create-home --uid 1500 agent
install -d -o agent -m 0700 /run/user/1500
cat >/run/systemd/system/user-manager.service <<'U'
[Service]
Type=notify
User=agent
Delegate=yes
Environment=XDG_RUNTIME_DIR=/run/user/1500 HOME=/home/agent
ExecStart=/lib/systemd/systemd --user
U
systemctl daemon-reload
systemctl start user-manager
cd /home/agent || exit
own=(setpriv --reuid=1500 --regid=1500 --clear-groups env -i HOME=/home/agent NO_COLOR=1
  PATH=/usr/local/bin:/usr/bin:/bin XDG_RUNTIME_DIR=/run/user/1500)
units=/home/agent/.config/systemd/user
"${own[@]}" mkdir -p "$units"
sed 's#@bindir@#/usr/local/bin#' /trial/cortex-daemon.service | "${own[@]}" tee "$units/cortex-daemon.service" >/dev/null
check "the daemon starts in its user's manager" "${own[@]}" systemctl --user enable --now cortex-daemon
"${own[@]}" cortex daemon login --url "$server" --agent-id trial --no-browser >/tmp/login 2>&1 &
login=$!
code() { grep -oE '\b[A-Z2-9]{4}-[A-Z2-9]{4}\b' /tmp/login | head -n 1; }
within 20 grep -q 'approve user_code' /tmp/login
check "its login is approved" as_admin -X POST -H 'Content-Type: application/json' \
  -d "{\"user_code\":\"$(code)\",\"agent_id\":\"trial\"}" "$server/admin/web/device/approve"
check "the login ends well" wait "$login"
check "cortex doctor finds nothing wrong" "${own[@]}" cortex doctor
check "the daemon restarts with its login" "${own[@]}" systemctl --user restart cortex-daemon
check "it is attested again" within 20 "${own[@]}" cortex doctor
check "the daemon stops" "${own[@]}" systemctl --user stop cortex-daemon
check "the server stops" systemctl stop cortex-server
check "and ended well" bash -c "[[ \$(systemctl show -p Result --value cortex-server) == success ]]"
echo "all was tried"
