#!/usr/bin/env bash
# Started by rehearse.sh in namespaces of its own: boots systemd over an overlay of the root $2, all writing below $1.
set -e
mount --make-rprivate /
mkdir "$1/host"
mount -t tmpfs tmpfs "$1/host"
mkdir "$1/host/upper" "$1/host/work" "$1/host/root"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/host/upper,workdir=$1/host/work" "$1/host/root"
cd "$1/host/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mount --rbind /dev dev
# No unit of that machine's own starts there, and nothing of an earlier installation is left.
rm -rf etc/systemd/system/* etc/llmbench opt/llmbench var/lib/private var/cache/private
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\n' >etc/systemd/system/rehearsal.target
mkdir -p outside
pivot_root . outside
umount -l /outside
# As on a booted machine: credentials reach a service through it.
mount --make-rshared /
hostname rehearsal
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=rehearsal.target --show-status=no
