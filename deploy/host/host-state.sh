# shellcheck shell=bash disable=SC2154 # a part of host.sh, which sets the paths and names: what a service has stored

# Where systemd keeps the state of a service whose user exists only while it runs.
store=$root/var/lib/private/llmbench-ingest/llmbench.sqlite

# The lines of the service's unit that say who it is, what it is told and what it may, for a unit named $1. systemd
# puts places in for %S, %C and %d in a unit's file only.
sandbox_of() {
  sed -n '/^\[Service\]/,/^\[Install\]/{/^[A-Z]/p}' "$home/current/deploy/host/$service" |
    grep -vE '^(Type|NotifyAccess|Exec[A-Za-z]+|Restart[A-Za-z]*|WatchdogSec|Timeout[A-Za-z]*|KillMode)=' |
    sed "s#%S#/var/lib#g;s#%C#/var/cache#g;s#%d#/run/credentials/$1.service#g"
}

# In a unit of its own made of the service's: the same user, whether the service runs or not, and so the same owner of
# every file. Who called is written beside what is changed.
run_command() {
  local unit=llmbench-$app-run-$$ main=src/main.ts line properties=()
  [ -n "$(release_of current)" ] || fail 2 "no release of the $app is installed"
  while read -r line; do properties+=("--property=$line"); done < <(sandbox_of "$unit")
  if [ "$app" = ingest ]; then
    main=src/$1/main.ts
    [[ $1 =~ ^[a-z]+$ ]] && [ -f "$home/current/apps/ingest/$main" ] || fail 2 "$1 is no command of the ingest: models, keys or retention"
    shift
  fi
  exec systemd-run --quiet --pipe --wait --collect --unit="$unit" "${properties[@]}" \
    --setenv="SUDO_USER=${SUDO_USER:-root}" -- "$opt/$app/current/bin/node" "$main" "$@"
}

back_up() {
  "$home/current/deploy/backup/embedded.sh" "$store" "$1"
}

restore() {
  local folder
  folder=$(dirname "$store")
  [ -n "$(release_of current)" ] || fail 2 'install the ingest first'
  mkdir -p "$folder"
  rm -f "$store.restored"
  # Copied and checked while the ingest still runs.
  "$home/current/deploy/backup/embedded.sh" "$1" "$store.restored" || fail 1 "$1 cannot be restored: the store stays as it was"
  systemctl stop "$service"
  rm -f "$store-wal" "$store-shm"
  mv "$store.restored" "$store"
  # systemd hands the folder and all that is in it over to the service's user where it belongs to another.
  chown root:root "$folder"
  start_current || fail 1 'the ingest does not start'
  say "restored from $1"
}
