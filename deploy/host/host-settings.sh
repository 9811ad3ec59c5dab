# shellcheck shell=bash disable=SC2154 # a part of host.sh, which sets the paths and names: settings and secrets

settings=(runner.env credentials/ingest-api-key credentials/runner-config-token)

# The ingest needs none but its keys, and random ones are as good as chosen ones. A runner has to be told whom it
# reports to.
require_settings() {
  local file
  if [ "$app" = ingest ]; then
    make_key ingest-api-key
    make_key runner-config-token
    return
  fi
  for file in "${settings[@]}"; do
    [ -s "$etc/$file" ] || fail 2 "$etc/$file is missing: write it, or run 'host.sh runner configure PREFIX' first"
  done
}

# Into a file of root alone, in one step, and never over one that is there.
make_key() {
  local file=$etc/credentials/$1
  if [ -s "$file" ]; then return; fi
  (
    umask 077
    mkdir -p "$etc/credentials"
    head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$file.new"
    mv "$file.new" "$file"
  )
  say "made $file"
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
  for file in "${settings[@]}"; do
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
  for file in "${settings[@]}"; do
    if [ -e "$etc/$file.old" ]; then mv "$etc/$file.old" "$etc/$file"; fi
  done
  start_current || fail 1 'neither the new configuration works nor the old one'
  fail 1 'the new configuration does not work: the old one is back'
}
