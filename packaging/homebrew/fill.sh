#!/usr/bin/env bash
# packaging/homebrew/fill.sh REPOSITORY VERSION SHA256SUMS: prints the formula of a release.
# REPOSITORY is the address of its page.
set -euo pipefail
awk -v repository="$1" -v version="$2" '
  NR == FNR { sums[$2] = $1; next }
  match($0, /@SHA256 [^@]*@/) {
    file = "jobctl-v" version "-" substr($0, RSTART + 8, RLENGTH - 9) ".tar.gz"
    if (!(file in sums)) { print "error: no checksum of " file > "/dev/stderr"; exit 1 }
    sub(/@SHA256 [^@]*@/, sums[file])
  }
  { gsub(/@REPOSITORY@/, repository); gsub(/@VERSION@/, version); print }
' "$3" "$(dirname "$0")/jobctl.rb.in"
