#!/usr/bin/env bash
# Installs a packed release under a real systemd, which is booted in namespaces of its own over an overlay of this
# machine, and lets it measure a simulated provider. Nothing of the machine itself is changed. Needs root.
#   deploy/ec2/pack.sh x64 /tmp && sudo deploy/ec2/rehearse.sh /tmp/llmbench-runner-….tar.gz
set -euo pipefail
[ $# -eq 1 ] && [ -f "$1" ] || { sed -n '2,4s/^# //p' "$0" >&2 && exit 2; }
tarball=$(realpath "$1")
cd "$(dirname "$0")/../.."
repository=$PWD
node=$repository/node_modules/.bin/node
scratch=$(mktemp -d)
services=()
group=$scratch/cgroup/llmbench-rehearsal-$$
say() { printf 'rehearsal: %s\n' "$*"; }
fail() { printf 'rehearsal: %s\n' "$*" >&2; exit 1; }

# The namespaces end with their first process, and their mounts with them.
cleanup() {
  set +e
  [ -z "${outside:-}" ] || kill -9 "$outside"
  [ ${#services[@]} -eq 0 ] || kill "${services[@]}"
  wait 2>/dev/null
  # Its last processes end a moment later.
  for _ in $(seq 50); do
    find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null
    [ -e "$group" ] || break
    sleep 0.1
  done
  umount "$scratch/cgroup"
  rm -rf --one-file-system "$scratch"
}
trap cleanup EXIT

# --- the other end: an ingest and a provider, on loopback
export STORE_PATH=$scratch/store.sqlite
key=a-key-of-the-rehearsal token=a-token-of-the-rehearsal
"$node" apps/ingest/src/models/main.ts add groq rehearsed >/dev/null
"$node" packages/simulator/src/main.ts --port 0 >"$scratch/simulator.log" &
services+=("$!")
INGEST_API_KEY=$key RUNNER_CONFIG_TOKEN=$token PORT=0 "$node" apps/ingest/src/main.ts 2>"$scratch/ingest.log" &
services+=("$!")
address_in() {
  timeout 60 bash -c "until grep -q '\"msg\":\"listening\"' '$1'; do sleep 0.2; done"
  sed -n 's/.*"address":"\(http[^"]*\)".*/\1/p' "$1" | head -1
}
ingest=$(address_in "$scratch/ingest.log")
provider=$(address_in "$scratch/simulator.log")
created() { curl -fsS "$ingest/health" | sed -n 's/.*"created": \([0-9]*\).*/\1/p'; }
await() { timeout 60 bash -c "until $1; do sleep 0.3; done" || fail "not within 60 s: $1"; }

# --- the host
mkdir "$scratch/cgroup"
mount -t cgroup2 cgroup2 "$scratch/cgroup"
mkdir "$group"
cat >"$scratch/boot.sh" <<'BOOT'
set -e
mount --make-rprivate /
mkdir "$1/host"
mount -t tmpfs tmpfs "$1/host"
mkdir "$1/host/upper" "$1/host/work" "$1/host/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/host/upper,workdir=$1/host/work" "$1/host/root"
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
# No unit of this machine's own starts there.
rm -rf etc/systemd/system/* etc/llmbench opt/llmbench
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\n' >etc/systemd/system/rehearsal.target
mkdir -p outside
pivot_root . outside
umount -l /outside
# As on a booted machine: credentials reach a service through it.
mount --make-rshared /
hostname rehearsal
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=rehearsal.target --show-status=no
BOOT
(
  echo "$BASHPID" >"$group/cgroup.procs"
  exec unshare --cgroup --mount --pid --uts --ipc --fork --kill-child bash "$scratch/boot.sh" "$scratch"
) &
outside=$!
await "grep -q . /proc/$outside/task/$outside/children"
first=$(tr -d ' ' <"/proc/$outside/task/$outside/children")
inside() { nsenter --target "$first" --mount --pid --uts --ipc --cgroup --root --wdns=/ "$@"; }
await "nsenter --target $first --mount --pid --root --wdns=/ systemctl is-system-running 2>/dev/null | grep -qx running"
say "$(inside systemctl --version | head -1)"

# --- install, as on EC2
cp "$tarball" "/proc/$first/root/var/tmp/release.tar.gz"
cp deploy/ec2/host.sh "/proc/$first/root/var/tmp/host.sh"
inside bash -ec "umask 077; mkdir -p /etc/llmbench/credentials
  printf '%s\n' $key >/etc/llmbench/credentials/ingest-api-key
  printf '%s\n' $token >/etc/llmbench/credentials/runner-config-token
  printf '%s\n' INGEST_API_URL=$ingest/ingest RUNNER_CONFIG_URL=$ingest/runner-config RUNNER_ID=rehearsal \
    RUNNER_PROVIDERS=groq RUNNER_INTERVAL_MINUTES=0.05 GROQ_API_KEY=none GROQ_BASE_URL=$provider/openai/v1 \
    RUNNER_CALIBRATION=off >/etc/llmbench/runner.env"
sha256=$(sha256sum "$tarball" | cut -d' ' -f1)
install() { inside env LLMBENCH_SETTLE_SECONDS=5 bash /var/tmp/host.sh install /var/tmp/release.tar.gz "$sha256"; }
main_pid() { inside systemctl show --property MainPID --value llmbench-runner; }
install || fail 'the release cannot be installed'
await "curl -fsS $ingest/health | grep -q '\"created\": [1-9]'"
status=/proc/$(main_pid)/status
say "measures and delivers: $(inside grep -E '^(VmRSS|CapEff|NoNewPrivs|Seccomp):' "$status" | tr -s '\t\n' ' ')"

say 'a release that cannot reach the ingest is refused, and the old one goes on'
running=$(main_pid)
inside sed -i.good "s#^INGEST_API_URL=.*#INGEST_API_URL=http://127.0.0.1:9/ingest#" /etc/llmbench/runner.env
! install >"$scratch/refused" 2>&1 || fail 'it was installed all the same'
grep 'host.sh' "$scratch/refused"
[ "$(main_pid)" = "$running" ] || fail 'the runner was disturbed'
inside mv /etc/llmbench/runner.env.good /etc/llmbench/runner.env

say 'killed, it is started again'
before=$(created)
inside kill -9 "$running"
await "[ \$(curl -fsS $ingest/health | sed -n 's/.*\"created\": \([0-9]*\).*/\1/p') -gt $before ]"
say "stands still, the watchdog ends it"
inside bash -ec 'mkdir -p /run/systemd/system/llmbench-runner.service.d
  printf "[Service]\nWatchdogSec=12\n" >/run/systemd/system/llmbench-runner.service.d/short.conf
  systemctl daemon-reload; systemctl restart llmbench-runner'
frozen=$(main_pid)
await "nsenter --target $first --mount --pid --root --wdns=/ journalctl -u llmbench-runner -n 20 -o cat | grep -q measured"
inside kill -STOP "$frozen"
await "nsenter --target $first --mount --pid --root --wdns=/ journalctl -u llmbench-runner -o cat | grep -q 'Watchdog timeout'"
before=$(created)
await "[ \$(curl -fsS $ingest/health | sed -n 's/.*\"created\": \([0-9]*\).*/\1/p') -gt $before ]"

inside systemctl stop llmbench-runner
[ "$(inside systemctl show --property Result --value llmbench-runner)" = success ] || fail 'it did not stop in order'
measured=$(inside journalctl -u llmbench-runner -o cat --no-pager | grep -c '"msg":"measured"')
say "stopped in order; measured $measured, stored $(created)"
[ "$(created)" -ge "$measured" ] || fail 'a result is lost'
