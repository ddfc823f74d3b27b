#!/usr/bin/env bash
# A long run on a bad day: many jobs cancelled at a sandbox with faults on, while
# memory and descriptors are watched; then every job is read back, and what jobctl
# reported is compared with what the server says.
#
#   benches/soak.sh [JOBS] [PATH_OF_JOBCTL]        1,000,000 jobs by default
#
# Needs Linux (/proc) and awk. FAULTS asks for other faults than those below. Ends
# with 1 where memory, descriptors or one single job are not as they ought to be.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${1-1000000}
jobctl=$(realpath "${2-target/release/jobctl}")
[ -x "$jobctl" ] || { echo "no program at $jobctl: cargo build --release --locked" >&2; exit 1; }
[ -d "/proc/$$/fd" ] || { echo "needs /proc" >&2; exit 1; }
cancel=datafold/cancel
faults=${FAULTS-$cancel:503=0.002,$cancel:500=0.02,$cancel:applied-500=0.01,$cancel:reset=0.01,$cancel:drop=0.01,$cancel:half=0.005,$cancel:garbage=0.005,$cancel:wrong-job=0.005,$cancel:html=0.005,$cancel:429=0.001,datafold/read:500=0.02,datafold/read:reset=0.01}

dir=$(mktemp -d)
server='' client=''
cleanup() {
  for process in $client $server; do
    kill "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
# Nothing of the caller's settings, and records of its own.
export HOME=$dir XDG_STATE_HOME=$dir/state XDG_CONFIG_HOME=$dir/config

"$jobctl" sandbox serve --bulk "$jobs" --seed 7 --faults "$faults" >"$dir/variables" 2>/dev/null &
server=$!
for _ in $(seq 100); do
  grep -q VEEVA_SESSION_ID "$dir/variables" && break
  kill -0 "$server" 2>/dev/null || { echo "the sandbox did not start" >&2; exit 1; }
  sleep 0.1
done
# shellcheck source=/dev/null
. "$dir/variables"

begun=$SECONDS
seq 1000000 $((1000000 + jobs - 1)) >"$dir/ids"
"$jobctl" cancel datafold -f - -q -o csv --concurrency 32 --no-config <"$dir/ids" >"$dir/cancelled.csv" 2>"$dir/errors" &
client=$!
# Resident KiB, open descriptors, results so far.
while kill -0 "$client" 2>/dev/null; do
  rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$client/status" 2>/dev/null) || break
  open=$(find "/proc/$client/fd" -mindepth 1 2>/dev/null | wc -l)
  [ -z "$rss" ] || echo "$rss $open $(wc -c <"$dir/cancelled.csv")" >>"$dir/samples"
  sleep 0.5
done
code=0
wait "$client" || code=$?
client=
took=$((SECONDS - begun))

# What the server says of every job, read by its id.
read=0
"$jobctl" status datafold -f "$dir/ids" -q -o csv --concurrency 32 --no-config >"$dir/states.csv" 2>>"$dir/errors" || read=$?

# Ref and outcome beside ref and state.
awk -F, -v jobs="$jobs" '
  FNR == 1 { for (at = 1; at <= NF; at++) column[FILENAME, $at] = at; next }
  FILENAME == ARGV[1] {
    said[$1] = $(column[FILENAME, "outcome"]); told++
    why = $(column[FILENAME, "error_code"])
    outcomes[said[$1] (why == "" ? "" : "-" why)]++
    next
  }
  {
    state = $(column[FILENAME, "state"]); seen++
    ours = said[$1]; delete said[$1]
    # What is unknown to the client may be either; everything else must be so.
    wanted = ours == "cancelled" ? "cancelled" : ours == "unknown" ? state : "running"
    if (state != wanted || state == "") { wrong++; if (wrong <= 10) print "  " $1 ": reported " ours ", is " state > "/dev/stderr" }
    if (state == "cancelled") stopped++
  }
  END {
    for (outcome in outcomes) printf "%s %d\n", outcome, outcomes[outcome]
    printf "stopped-at-the-server %d\nwrong %d\ntold %d\nseen %d\n", stopped, wrong, told, seen
    exit !(told == jobs && seen == jobs && !wrong)
  }' "$dir/cancelled.csv" "$dir/states.csv" >"$dir/counts" && agree=yes || agree=no

row() { printf '| %s | %s |\n' "$@"; }
row what measured
row --- ---
row jobs "$jobs in $took s, exit code $code"
while read -r name number; do row "$name" "$number"; done <"$dir/counts"
row 'client and server agree on every job' "$agree"
# Beside what is kept of each job: the first tenth is for warming up.
awk -v jobs="$jobs" '
  { rss[NR] = $1; if ($2 > most) most = $2; if ($1 > peak) peak = $1; }
  END {
    from = int(NR / 10) + 1; growth = (rss[NR] - rss[from]) * 1024
    printf "| samples | %d |\n| memory at a tenth, at the end, at most | %.1f, %.1f, %.1f MiB |\n", NR, rss[from] / 1024, rss[NR] / 1024, peak / 1024
    printf "| growth | %.0f bytes a job |\n| open descriptors at most | %d |\n", growth / (jobs * 0.9), most
    exit !(growth <= 2 * 2 ^ 20 + 40 * jobs && most <= 32 + 32)
  }' "$dir/samples" && flat=yes || flat=no
row 'memory and descriptors within bounds' "$flat"
[ "$agree" = yes ] && [ "$flat" = yes ] && [ "$read" -eq 0 ] || {
  head -5 "$dir/errors" >&2
  exit 1
}
