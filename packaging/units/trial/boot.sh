#!/usr/bin/env bash
# Run by run.sh in new namespaces: a root of its own over the machine's, the units installed, systemd as process 1.
set -euo pipefail
programs=$1 result=$2
trial=$(dirname "$(realpath "$0")")
units=$(dirname "$trial")
ip link set lo up

layers=$(mktemp -d)
mount -t tmpfs tmpfs "$layers"
mkdir "$layers"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$layers/upper,workdir=$layers/work" "$layers/root"
root=$layers/root
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/run"

install -m 0755 "$programs"/{cortex-server,cortex-daemon,cortex} "$root/usr/local/bin/"
sed 's#@bindir@#/usr/local/bin#' "$units/cortex-server.service" >"$root/etc/systemd/system/cortex-server.service"
install -D -m 0644 "$units/cortex-auth.sysusers" "$root/etc/sysusers.d/cortex-auth.conf"
echo 00000000000000000000000000000001 >"$root/etc/machine-id"
chroot "$root" systemd-sysusers
mkdir -p "$root/etc/credstore.encrypted" "$root/trial"
cp "$units/cortex-daemon.service" "$trial/probe.sh" "$root/trial/"
encrypt() { chroot "$root" systemd-creds encrypt --with-key=host --name="$1" - "/etc/credstore.encrypted/$1"; }
openssl rand -hex 32 | encrypt vault-password
openssl rand -hex 32 | tee "$root/trial/admin-token" | encrypt admin-token
cat >"$root/etc/systemd/system/probe.service" <<'U'
[Unit]
Wants=cortex-server.service
After=cortex-server.service
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/bash /trial/probe.sh
StandardOutput=file:/trial/result
StandardError=file:/trial/result
U
touch "$root/trial/result"

mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --bind "$result" "$root/trial/result"
mkdir -p "$root/old"
cd "$root"
pivot_root . old
umount -l /old
# Credentials are mounted by a helper of systemd in a namespace of its own; they reach its units by propagation.
mount --make-rshared /
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=probe.service
