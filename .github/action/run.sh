#!/usr/bin/env bash
# Runs jobctl for action.yml: inputs come as variables, results go to the step's
# outputs and to the job's summary. Texts of vendors are data here: they are never
# taken for a command of the shell, of the runner or of Markdown.
set -euo pipefail
exec 2>&1 # one stream, so that the runner reads the lines in order
export MSYS2_ARG_CONV_EXCL='*' # on Windows: arguments as they are

here=$(dirname "$0")
folder=$(mktemp -d "$RUNNER_TEMP/jobctl.XXXXXX")
result=$folder/result.json

outputs() { # exit-code exit-name cancelled failed result-json
  printf '%s\n' "exit-code=$1" "exit-name=$2" "cancelled=$3" "failed=$4" "result-json=$5" >>"$GITHUB_OUTPUT"
}

usage() {
  printf '::error title=jobctl::%s\n' "$1"
  outputs 2 usage 0 0 ""
  exit 2
}

show() {
  jq -e -r --arg form "$1" --arg reason "$INPUT_REASON" -f "$here/show.jq" "$result"
}

cd -- "$INPUT_WORKING_DIRECTORY" >/dev/null 2>&1 || usage "the input working-directory is not there"
case $INPUT_COMMAND in
cancel | status | wait | list) set -- "$INPUT_COMMAND" --output=json ;;
*) usage "the input command is none of cancel, status, wait and list" ;;
esac
case $INPUT_WAIT in
true) set -- "$@" --wait ;;
false | '') ;;
*) usage "the input wait is neither true nor false" ;;
esac
if [ -n "$INPUT_JOBS" ]; then
  [ -z "$INPUT_JOBS_FILE" ] || usage "jobs and jobs-file are both given"
  # Refs may stand in one line, because that is all that a form of GitHub has.
  printf '%s\n' "$INPUT_JOBS" | awk '/^[ \t]*[{#]/ { print; next } { for (at = 1; at <= NF; at++) print $at }' >"$folder/jobs"
  set -- "$@" --file="$folder/jobs"
elif [ -n "$INPUT_JOBS_FILE" ]; then
  set -- "$@" --file="$INPUT_JOBS_FILE"
fi
[ -z "$INPUT_REASON" ] || set -- "$@" --reason="$INPUT_REASON"
[ -z "$INPUT_TIMEOUT" ] || set -- "$@" --timeout="$INPUT_TIMEOUT"
while IFS= read -r line; do
  [ -z "$line" ] || set -- "$@" "$line"
done <<<"$INPUT_ARGS"

# Until the token comes back, the runner takes no line for a command.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '::stop-commands::%s\n' "$token"
# When the workflow is cancelled, jobctl is told, and says what it knows.
jobctl "$@" >"$result" &
child=$!
trap 'kill -TERM "$child" 2>/dev/null || :' HUP INT TERM
code=0
wait "$child" || code=$?
while kill -0 "$child" 2>/dev/null; do
  code=0
  wait "$child" || code=$?
done
known=no
if [ -s "$result" ] && show log; then known=yes; fi
printf '\n::%s::\n' "$token"

if [ "$known" = no ]; then
  outputs "$code" "" 0 0 ""
  printf '::error title=jobctl::exit %s, without a document\n' "$code"
  [ "$code" -ne 0 ] || code=1
  exit "$code"
fi

show summary >>"$GITHUB_STEP_SUMMARY"
read -r name cancelled failed total < <(
  jq -r '"\(.exit_name) \([.results[] | select(.state == "cancelled")] | length) \(.summary.failed) \(.summary.total)"' \
    "$result" | tr -d '\r'
)
outputs "$code" "$name" "$cancelled" "$failed" "$result"

said="exit $code ($name)"
[ "$total" -eq 0 ] || said="$said: $failed of $total failed"
case " $(printf '%s' "$INPUT_TOLERATE" | tr ',\n\t' '   ') " in
*" $name "*)
  [ "$code" -eq 0 ] || printf '::notice title=jobctl::%s, which is tolerated\n' "$said"
  exit 0
  ;;
esac
[ "$code" -eq 0 ] || printf '::error title=jobctl::%s\n' "$said"
exit "$code"
