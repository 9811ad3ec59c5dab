#!/usr/bin/env bash
# Installs packed releases of the ingest and the runner under a real systemd, which is booted in namespaces of its own
# over an overlay of this machine, and lets them measure a simulated provider. Nothing of the machine itself is changed
# and nothing on its network is reached. Needs root.
#   deploy/host/pack.sh ingest && deploy/host/pack.sh runner
#   sudo deploy/host/rehearse.sh llmbench-ingest-….tar.gz llmbench-runner-….tar.gz [ROOT]
# ROOT is another root file system than this machine's, such as debootstrap makes one.
set -euo pipefail
[ $# -ge 2 ] && [ -f "$1" ] && [ -f "$2" ] || { sed -n '2,7s/^# //p' "$0" >&2 && exit 2; }
ingest_tarball=$(realpath "$1") runner_tarball=$(realpath "$2") lower=$(realpath "${3:-/}")
cd "$(dirname "$0")"
scratch=$(mktemp -d)
group=$scratch/cgroup/llmbench-rehearsal-$$
say() { printf 'rehearsal: %s\n' "$*"; }
fail() { printf 'rehearsal: %s\n' "$*" >&2; exit 1; }

# The namespaces end with their first process, and their mounts with them.
cleanup() {
  set +e
  [ -z "${outside:-}" ] || kill -9 "$outside"
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

await() {
  local tries
  for tries in $(seq 200); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.3
  done
  fail "not after $tries tries: $*"
}

# --- a host that has just been booted
mkdir "$scratch/cgroup"
mount -t cgroup2 cgroup2 "$scratch/cgroup"
mkdir "$group"
(
  echo "$BASHPID" >"$group/cgroup.procs"
  exec unshare --cgroup --mount --pid --uts --ipc --net --fork --kill-child \
    bash rehearse-boot.sh "$scratch" "$lower"
) &
outside=$!
# Its end is no news.
disown
await grep -q . "/proc/$outside/task/$outside/children"
first=$(tr -d ' ' <"/proc/$outside/task/$outside/children")
inside() {
  nsenter --target "$first" --mount --pid --uts --ipc --net --cgroup --root --wdns=/ \
    env LLMBENCH_SETTLE_SECONDS=2 "$@"
}
await inside systemctl is-system-running --quiet
say "$(inside systemctl --version | head -1)"
cp "$ingest_tarball" "/proc/$first/root/var/tmp/ingest.tar.gz"
cp "$runner_tarball" "/proc/$first/root/var/tmp/runner.tar.gz"
inside bash -ec 'cd /var/tmp && tar -xzf ingest.tar.gz && tar -xzf runner.tar.gz'
# The provider, on the host itself: the runner's release brings the simulator, for its calibration.
inside systemd-run --quiet --unit=simulator --working-directory=/var/tmp/llmbench-runner \
  /var/tmp/llmbench-runner/bin/node packages/simulator/src/main.ts --port 9100

install() {
  inside bash "/var/tmp/llmbench-$1/deploy/host/host.sh" "$1" install "/var/tmp/$1.tar.gz" \
    "$(inside sha256sum "/var/tmp/$1.tar.gz" | cut -d' ' -f1)"
}
host() { inside /opt/llmbench/host.sh "$@"; }
main_pid() { inside systemctl show --property MainPID --value "llmbench-$1"; }
confined() { inside grep -E '^(Uid|VmRSS|CapEff|NoNewPrivs|Seccomp):' "/proc/$(main_pid "$1")/status" | tr -s '\t\n' ' '; }
health() { inside curl -fsS http://127.0.0.1:8080/health; }
created() { health | sed -n 's/.*"created": \([0-9]*\).*/\1/p'; }
stored_more_than() { [ "$(created)" -gt "$1" ]; }
journal_has() { inside journalctl -u "llmbench-$1" -o cat --no-pager | grep -q "$2"; }
another_pid() { [ "$(main_pid "$1")" != "$2" ] && [ "$(main_pid "$1")" != 0 ] && health; }

say '--- the ingest'
install ingest || fail 'the ingest cannot be installed'
say "serves: $(confined ingest)"
host ingest run models add groq rehearsed
host ingest run keys create --runner rehearsal --scope results:write | head -1
say "of its files: $(inside find /var/lib/private /var/cache/private /etc/llmbench -maxdepth 2 -printf '%M %u %P, ')"

say '--- a runner beside it'
inside bash -ec 'umask 077; sed "s/#GROQ_API_KEY=/GROQ_API_KEY=none/;s/MINUTES=30/MINUTES=0.05/" \
  /var/tmp/llmbench-runner/deploy/host/runner.env.example >/etc/llmbench/runner.env
  printf "%s\n" GROQ_BASE_URL=http://127.0.0.1:9100/openai/v1 RUNNER_CALIBRATION=off >>/etc/llmbench/runner.env'
install runner || fail 'the runner cannot be installed'
await stored_more_than 0
say "measures and delivers: $(confined runner)"
host runner run status | head -3

say '--- a release that cannot reach the ingest is refused, and the old one goes on'
running=$(main_pid runner)
inside sed -i.good 's#^INGEST_API_URL=.*#INGEST_API_URL=http://127.0.0.1:9/ingest#' /etc/llmbench/runner.env
! install runner >"$scratch/refused" 2>&1 || fail 'it was installed all the same'
grep 'host.sh' "$scratch/refused"
[ "$(main_pid runner)" = "$running" ] || fail 'the runner was disturbed'
inside mv /etc/llmbench/runner.env.good /etc/llmbench/runner.env

for app in ingest runner; do
  say "--- the $app: killed, it is started again; standing still, the watchdog ends it"
  running=$(main_pid $app)
  inside kill -9 "$running"
  await another_pid $app "$running"
  inside bash -ec "mkdir -p /run/systemd/system/llmbench-$app.service.d
    printf '[Service]\nWatchdogSec=12\n' >/run/systemd/system/llmbench-$app.service.d/short.conf
    systemctl daemon-reload; systemctl restart llmbench-$app"
  running=$(main_pid $app)
  inside kill -STOP "$running"
  await journal_has $app 'Watchdog timeout'
  await another_pid $app "$running"
done
await stored_more_than 0

say '--- a backup, the store destroyed, restored'
inside systemctl stop llmbench-runner
measured=$(inside journalctl -u llmbench-runner -o cat --no-pager | grep -c '"msg":"measured"')
inside mkdir -p /backup
host ingest backup /backup/llmbench.sqlite
# A killed runner may have stored what it did not live to log.
stored=$(inside /opt/llmbench/ingest/current/bin/node -p 'new (require("node:sqlite").DatabaseSync)(process.argv[1])
  .prepare("SELECT (SELECT count(*) FROM results) + (SELECT count(*) FROM errors_cloud) AS count").get().count' /backup/llmbench.sqlite)
say "measured $measured, stored $stored"
[ "$stored" -ge "$measured" ] || fail 'a result is lost'
inside bash -ec 'systemctl stop llmbench-ingest; rm -rf /var/lib/private/llmbench-ingest /var/lib/llmbench-ingest'
host ingest restore /backup/llmbench.sqlite || fail 'it cannot be restored'
host ingest run models list | grep rehearsed || fail 'the catalogue is not back'
inside systemctl start llmbench-runner
await stored_more_than 0
say "of its files: $(inside find /var/lib/private/llmbench-ingest -printf '%M %u %P, ')"

say '--- stopped'
for app in runner ingest; do
  inside systemctl stop llmbench-$app
  [ "$(inside systemctl show --property Result --value llmbench-$app)" = success ] || fail "the $app did not stop in order"
done
host ingest run models list | grep rehearsed || fail 'a command needs the ingest to run'
inside systemctl start llmbench-ingest || fail 'the ingest cannot open its store after a command'
say 'done'
