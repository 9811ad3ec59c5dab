# shellcheck shell=bash disable=SC2154 # a part of host.sh, which sets the paths and names: releases and their units

# The id that a pointer names; nothing where there is none.
release_of() {
  local target
  target=$(readlink "$home/$1") || return 0
  printf '%s' "${target#releases/}"
}

# The same for people.
named() {
  local id
  id=$(release_of "$1")
  printf '%s' "${id:-nothing}"
}

# In one step: there is never a moment without a release.
point() {
  ln -sfn "releases/$2" "$home/$1.new"
  mv -T "$home/$1.new" "$home/$1"
}

# `--verify` of a release in the very sandbox, with the very credentials, of the service. What runs is not disturbed.
# What it found is in the journal, and printed.
verify_release() {
  local began verdict=0
  began=$(date '+%F %T')
  point next "$1" || return 1
  sed -e 's/^Type=.*/Type=oneshot/' \
    -e "s/^Description=.*/Description=llmbench $app: verifies a release/" \
    -e "s#/opt/llmbench/$app/current#/opt/llmbench/$app/next#" \
    -e '/^ExecStart=/{s/ --daemon --interval .*$//;s/$/ --verify/}' \
    -e '/^NotifyAccess=/d;/^Restart/d;/^WatchdogSec=/d;/^ExecReload=/d;/^StartLimit/d' \
    "$home/releases/$1/deploy/host/$service" >"$units/$verify" || return 1
  systemctl daemon-reload || return 1
  systemctl start "$verify" || verdict=1
  journalctl --unit "$verify" --since "$began" --output cat --no-pager || true
  rm -f "$home/next"
  return $verdict
}

# host.sh is that of the release that runs: the parts it is made of lie beside it.
install_unit() {
  mkdir -p "$units"
  install -m 0644 "$home/releases/$1/deploy/host/$service" "$units/$service"
  ln -sfn "$app/current/deploy/host/host.sh" "$opt/host.sh"
}

# Type=notify: a restart returns when the service says that it is ready. One that dies soon after counts as failed.
start_current() {
  systemctl daemon-reload || return 1
  systemctl enable --quiet "$service" || return 1
  systemctl restart "$service" || return 1
  sleep "$settle_seconds"
  systemctl is-active --quiet "$service"
}

switch_to() {
  local new=$1 old
  old=$(release_of current)
  point current "$new"
  install_unit "$new"
  if start_current; then
    if [ -n "$old" ] && [ "$old" != "$new" ]; then point previous "$old"; fi
    say "$new runs"
    return 0
  fi
  [ -n "$old" ] && [ "$old" != "$new" ] || fail 1 "$new does not start and there is no other release to go back to"
  say "$new does not start: going back to $old"
  point current "$old"
  install_unit "$old"
  start_current || fail 1 "$new does not start, and $old does not either any more"
  fail 1 "$new does not start: $old runs again"
}

unpack() {
  local tarball=$1 sha256=$2 scratch id
  printf '%s  %s\n' "$sha256" "$tarball" | sha256sum --check --quiet --status ||
    fail 2 "$tarball is not the file with SHA-256 $sha256"
  scratch=$(mktemp -d "$home/releases/.new.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$scratch'" EXIT
  tar -xzf "$tarball" -C "$scratch" --strip-components 1 --no-same-owner --no-same-permissions
  id=$(cat "$scratch/release" 2>/dev/null) || fail 2 "$tarball is no release: it has no file named release"
  [[ $id =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$ ]] || fail 2 "$tarball names itself in a way that no release does"
  [ -d "$scratch/apps/$app" ] || fail 2 "$tarball is no release of the $app"
  chmod -R u=rwX,go=rX "$scratch"
  # The one that runs must not change under it; the same id is the same commit.
  if [ ! -e "$home/releases/$id" ]; then mv -T "$scratch" "$home/releases/$id"; fi
  unpacked=$id
}

remove_old_releases() {
  local id
  while read -r id; do
    case $id in "$(release_of current)" | "$(release_of previous)") ;; *) rm -rf "${home:?}/releases/$id" ;; esac
  done < <(find "$home/releases" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%C@ %f\n' |
    sort -rn | cut -d' ' -f2 | tail -n +$((releases_kept + 1)))
}

install_release() {
  [[ $2 =~ ^[0-9a-f]{64}$ ]] || fail 2 'SHA256 should be 64 hexadecimal digits'
  require_settings
  unpack "$1" "$2"
  verify_release "$unpacked" ||
    fail 1 "$unpacked does not pass its own check: $(named current) runs as before"
  switch_to "$unpacked"
  remove_old_releases
}

rollback() {
  local old
  old=$(release_of previous)
  [ -n "$old" ] || fail 2 'there is no release before this one'
  switch_to "$old"
}
