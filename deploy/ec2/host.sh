#!/usr/bin/env bash
# Installs and looks after the runner on a host with systemd. Run as root, by a person or by the SSM document.
set -euo pipefail
# Units and releases are for everybody to read, whatever the caller's umask is; secrets are made under another one.
umask 022

usage() {
  cat <<'TEXT'
host.sh install TARBALL SHA256   unpack a release, verify it, switch to it; an upgrade is the same
host.sh configure PREFIX         fetch PREFIX/config, PREFIX/ingest-api-key and PREFIX/runner-config-token from the
                                 Parameter Store, verify, restart; what was there is put back when that fails
host.sh rollback                 go back to the release before this one
host.sh restart | status

Exit codes: 0 done, 1 it failed and what ran before still runs, 2 bad usage or configuration.
TEXT
}

# Only the tests set these.
root=${LLMBENCH_ROOT:-}
settle_seconds=${LLMBENCH_SETTLE_SECONDS:-15}

opt=$root/opt/llmbench
etc=$root/etc/llmbench
units=$root/etc/systemd/system
service=llmbench-runner.service
verify=llmbench-runner-verify.service
releases_kept=3

say() { printf '%s\n' "host.sh: $*"; }
fail() { printf '%s\n' "host.sh: $2" >&2; exit "$1"; }

# The id that a pointer names; nothing where there is none.
release_of() {
  local target
  target=$(readlink "$opt/$1") || return 0
  printf '%s' "${target#releases/}"
}

# In one step: there is never a moment without a release.
point() {
  ln -sfn "releases/$2" "$opt/$1.new"
  mv -T "$opt/$1.new" "$opt/$1"
}

require_configuration() {
  local file
  for file in runner.env credentials/ingest-api-key credentials/runner-config-token; do
    [ -s "$etc/$file" ] || fail 2 "$etc/$file is missing: run 'host.sh configure PREFIX' first"
  done
}

# `runner --verify` of a release in the very sandbox, with the very credentials, of the service. A running daemon is
# not disturbed. What it found is in the journal, and printed.
verify_release() {
  local began verdict=0
  began=$(date '+%F %T')
  point next "$1" || return 1
  sed -e 's/^Type=.*/Type=oneshot/' \
    -e 's/^Description=.*/Description=llmbench runner: verifies a release/' \
    -e 's#/opt/llmbench/current#/opt/llmbench/next#' \
    -e 's/ --daemon --interval .*$/ --verify/' \
    -e '/^NotifyAccess=/d;/^Restart/d;/^WatchdogSec=/d;/^ExecReload=/d;/^StartLimit/d' \
    "$opt/releases/$1/deploy/ec2/$service" >"$units/$verify" || return 1
  systemctl daemon-reload || return 1
  systemctl start "$verify" || verdict=1
  journalctl --unit "$verify" --since "$began" --output cat --no-pager || true
  rm -f "$opt/next"
  return $verdict
}

install_units() {
  mkdir -p "$units"
  install -m 0644 "$opt/releases/$1/deploy/ec2/$service" "$units/$service"
  install -m 0755 "$opt/releases/$1/deploy/ec2/host.sh" "$opt/host.sh"
}

# Type=notify: a restart returns when the daemon says that it is ready. One that dies soon after counts as failed.
start_current() {
  systemctl daemon-reload || return 1
  systemctl enable "$service" || return 1
  systemctl restart "$service" || return 1
  sleep "$settle_seconds"
  systemctl is-active --quiet "$service"
}

switch_to() {
  local new=$1 old
  old=$(release_of current)
  point current "$new"
  install_units "$new"
  if start_current; then
    if [ -n "$old" ] && [ "$old" != "$new" ]; then point previous "$old"; fi
    say "$new runs"
    return 0
  fi
  [ -n "$old" ] && [ "$old" != "$new" ] || fail 1 "$new does not start and there is no other release to go back to"
  say "$new does not start: going back to $old"
  point current "$old"
  install_units "$old"
  start_current || fail 1 "$new does not start, and $old does not either any more"
  fail 1 "$new does not start: $old runs again"
}

unpack() {
  local tarball=$1 sha256=$2 scratch id
  printf '%s  %s\n' "$sha256" "$tarball" | sha256sum --check --quiet --status ||
    fail 2 "$tarball is not the file with SHA-256 $sha256"
  scratch=$(mktemp -d "$opt/releases/.new.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$scratch'" EXIT
  tar -xzf "$tarball" -C "$scratch" --strip-components 1 --no-same-owner --no-same-permissions
  id=$(cat "$scratch/release" 2>/dev/null) || fail 2 "$tarball is no release: it has no file named release"
  [[ $id =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$ ]] || fail 2 "$tarball names itself in a way that no release does"
  chmod -R u=rwX,go=rX "$scratch"
  # The one that runs must not change under it; the same id is the same commit.
  if [ ! -e "$opt/releases/$id" ]; then mv -T "$scratch" "$opt/releases/$id"; fi
  unpacked=$id
}

remove_old_releases() {
  local id
  while read -r id; do
    case $id in "$(release_of current)" | "$(release_of previous)") ;; *) rm -rf "${opt:?}/releases/$id" ;; esac
  done < <(find "$opt/releases" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%C@ %f\n' |
    sort -rn | cut -d' ' -f2 | tail -n +$((releases_kept + 1)))
}

install_release() {
  require_configuration
  unpack "$1" "$2"
  verify_release "$unpacked" ||
    fail 1 "$unpacked does not pass its own check: $(release_of current | sed 's/^$/nothing/') runs as before"
  switch_to "$unpacked"
  remove_old_releases
}

fetch() {
  aws ssm get-parameter --with-decryption --name "$1" --query Parameter.Value --output text >"$2.new" ||
    fail 1 "the parameter $1 cannot be read: everything stays as it was"
  [ -s "$2.new" ] || fail 1 "the parameter $1 is empty: everything stays as it was"
}

configure() {
  local prefix=$1 file
  [[ $prefix =~ ^/[A-Za-z0-9._/-]+$ ]] || fail 2 "PREFIX should be a path of the Parameter Store, such as /llmbench/runner"
  umask 077
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -f '$etc'/*.new '$etc'/credentials/*.new" EXIT
  mkdir -p "$etc/credentials"
  chmod 0700 "$etc" "$etc/credentials"
  # Values go from the client's output into a file: on no command line, in no log.
  fetch "$prefix/config" "$etc/runner.env"
  fetch "$prefix/ingest-api-key" "$etc/credentials/ingest-api-key"
  fetch "$prefix/runner-config-token" "$etc/credentials/runner-config-token"
  for file in runner.env credentials/ingest-api-key credentials/runner-config-token; do
    if [ -e "$etc/$file" ]; then cp -p "$etc/$file" "$etc/$file.old"; fi
    mv "$etc/$file.new" "$etc/$file"
  done
  if [ -z "$(release_of current)" ]; then
    say 'configured; nothing is installed yet'
    return
  fi
  if verify_release "$(release_of current)" && start_current; then
    rm -f "$etc"/*.old "$etc"/credentials/*.old
    say 'configured and started anew'
    return
  fi
  for file in runner.env credentials/ingest-api-key credentials/runner-config-token; do
    if [ -e "$etc/$file.old" ]; then mv "$etc/$file.old" "$etc/$file"; fi
  done
  start_current || fail 1 'neither the new configuration works nor the old one'
  fail 1 'the new configuration does not work: the old one is back'
}

rollback() {
  local old
  old=$(release_of previous)
  [ -n "$old" ] || fail 2 'there is no release before this one'
  switch_to "$old"
}

status() {
  say "release $(release_of current | sed 's/^$/none/'), before it $(release_of previous | sed 's/^$/none/')"
  journalctl --unit "$service" --lines 20 --output cat --no-pager || true
  systemctl status --no-pager --lines 0 "$service"
}

case "${1:-}:$#" in
  install:3 | configure:2 | rollback:1 | restart:1)
    mkdir -p "$opt/releases" "$units"
    # Two at once would switch under each other.
    exec 9>"$opt/lock"
    flock --nonblock 9 || fail 1 'another host.sh is at work'
    # Of one that was cut short.
    rm -rf "$opt"/releases/.new.*
    ;;
  status:1) ;;
  --help:1) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac

case $1 in
  install)
    [[ $3 =~ ^[0-9a-f]{64}$ ]] || fail 2 "SHA256 should be 64 hexadecimal digits"
    install_release "$2" "$3"
    ;;
  configure) configure "$2" ;;
  rollback) rollback ;;
  restart)
    require_configuration
    start_current || fail 1 'the runner does not start'
    ;;
  status) status ;;
esac
