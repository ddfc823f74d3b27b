#!/usr/bin/env bash
# packaging/release-notes.sh VERSION: prints what CHANGELOG.md says of a version.
set -euo pipefail
awk -v heading="## $1 (" '
  index($0, heading) == 1 { inside = 1; next }
  /^## / { inside = 0 }
  inside { print; found = 1 }
  END { exit !found }
' "$(dirname "$0")/../CHANGELOG.md"
