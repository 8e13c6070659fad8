#!/usr/bin/env bash
# Install Debian packages that are missing, where this can be done: as root, with apt. Otherwise say what is missing and
# go on: what needs them says so itself.
set -u
exec 9<"$0" && flock 9 2>/dev/null # targets that are made side by side come here one after the other
missing=()
for package in "$@"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Missing here: ${missing[*]} (as root: apt-get install ${missing[*]})."
  exit 0
fi
echo "Installing ${missing[*]} …"
log=$(mktemp)
if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 5 "$log"
  echo "Could not install: ${missing[*]}."
fi
rm -f "$log"
exit 0
