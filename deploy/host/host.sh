#!/usr/bin/env bash
# Installs and looks after the ingest or a runner on a host with systemd. Run as root, by a person or by the SSM document.
# shellcheck disable=SC2034 # what is set here the parts use
set -euo pipefail
# Units and releases are for everybody to read, whatever the caller's umask is; secrets are made under another one.
umask 022

usage() {
  cat <<'TEXT'
host.sh APP install TARBALL SHA256   unpack a release, verify it, switch to it; an upgrade is the same
host.sh APP rollback                 go back to the release before this one
host.sh APP restart | status
host.sh APP run …                    a command of the release as the service's own user, on its own state:
                                     host.sh ingest run models list, host.sh runner run status
host.sh ingest backup FILE           copy the embedded store while the ingest runs
host.sh ingest restore FILE          put such a copy in its place; the ingest stands still for a moment
host.sh runner configure PREFIX      fetch PREFIX/config, PREFIX/ingest-api-key and PREFIX/runner-config-token from the
                                     Parameter Store, verify, restart; what was there is put back when that fails
APP is ingest or runner.

Exit codes: 0 done, 1 it failed and what ran before still runs, 2 bad usage or configuration; run has the command's own.
TEXT
}

# Only the tests set these.
root=${LLMBENCH_ROOT:-}
settle_seconds=${LLMBENCH_SETTLE_SECONDS:-15}

opt=$root/opt/llmbench
etc=$root/etc/llmbench
units=$root/etc/systemd/system
releases_kept=3

say() { printf '%s\n' "host.sh: $*"; }
fail() { printf '%s\n' "host.sh: $2" >&2; exit "$1"; }

here=$(dirname "$(realpath "$0")")
for part in release settings state; do
  # shellcheck source=/dev/null # beside this one, each checked by itself
  . "$here/host-$part.sh"
done

restart_service() {
  require_settings
  start_current || fail 1 "the $app does not start"
}

status() {
  say "release $(named current), before it $(named previous)"
  journalctl --unit "$service" --lines 20 --output cat --no-pager || true
  systemctl status --no-pager --lines 0 "$service"
}

# Two at once would switch under each other.
lock() {
  mkdir -p "$home/releases" "$units"
  exec 9>"$home/lock"
  flock --nonblock 9 || fail 1 'another host.sh is at work'
  # Of one that was cut short.
  rm -rf "$home"/releases/.new.*
}

app=${1:-} action=${2:-}
[ "$app" != --help ] || { usage && exit 0; }
home=$opt/$app
service=llmbench-$app.service
verify=llmbench-$app-verify.service
case $app:$action:$# in
  ingest:install:4 | runner:install:4) lock && install_release "$3" "$4" ;;
  ingest:rollback:2 | runner:rollback:2) lock && rollback ;;
  ingest:restart:2 | runner:restart:2) lock && restart_service ;;
  ingest:status:2 | runner:status:2) status ;;
  ingest:run:[!2]* | runner:run:[!2]*) run_command "${@:3}" ;;
  ingest:backup:3) back_up "$3" ;;
  ingest:restore:3) lock && restore "$3" ;;
  runner:configure:3) lock && configure "$3" ;;
  *) usage >&2 && exit 2 ;;
esac
