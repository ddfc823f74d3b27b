# What a document of jobctl says, as lines for the step's log ($form == "log") or as
# Markdown for the job's summary. Whatever a vendor wrote is shown as that text and
# nothing else.

# Control characters, and those that turn the direction of text, cannot be shown.
def plain:
  tostring | explode
  | map(
      if IN(9, 10, 13) then 32
      elif . < 32 or (. >= 127 and . < 160) or (. >= 8203 and . <= 8207) or (. >= 8232 and . <= 8238)
        or (. >= 8294 and . <= 8297) or . == 65279
      then 65533 else . end)
  | implode;

# Every sign that Markdown or HTML could take for its own becomes a number. What is left
# beside letters and digits: space ' ( ) , - / ;
def markdown:
  plain
  | if length > 300 then .[0:299] + "…" else . end
  | explode
  | map(
      if IN(32, 39, 40, 41, 44, 45, 47, 59) or (. >= 48 and . <= 57) or (. >= 65 and . <= 90) or (. >= 97 and . <= 122) or . >= 160
      then [.] else "&#\(.);" | explode end)
  | add // [] | implode;

def why:
  [.message, (if .provider_message then "the vendor says: \(.provider_message)" else empty end), .hint]
  | map(select(. != null)) | join("; ");

def counts:
  .summary
  | "\(.total) \(if .total == 1 then "job" else "jobs" end)"
    + ([.outcomes | to_entries[] | "\(.value) \(.key)"] | if . == [] then "" else ": " + join(", ") end);

def title:
  "jobctl \(.schema | split("/")[0] | ltrimstr("jobctl.")): \(.exit_name) (exit \(.exit_code))";

def lines:
  (.results[] | [.outcome // "read", .ref, .state // "-", (.error // empty | why)] | map(plain) | join("  ")),
  (.error // empty | why | plain),
  "\(counts | plain); exit \(.exit_code) (\(.exit_name | plain))";

# The summary of a step may have 1 MiB: the jobs that failed come first.
def page:
  200 as $most
  | "### \(title | markdown)", "",
  (counts | markdown) + (if .sandbox then ". A rehearsal in the sandbox" else "" end), "",
  (if $reason == "" then empty else "Reason: \($reason | markdown)", "" end),
  (.error // empty | "Error: \(why | markdown)", ""),
  if .results == [] then empty else
    "| outcome | job | state | why |", "| --- | --- | --- | --- |",
    ([.results[] | select(.ok | not)] + [.results[] | select(.ok)] | .[0:$most][]
      | "| \(.outcome // "read" | markdown) | \(.ref | markdown) | \(.provider_state // .state // "" | markdown) | \(.error // {} | why | markdown) |"),
    "",
    (if .summary.total > $most then "\(.summary.total - $most) more are in the document.", "" else empty end)
  end;

if $form == "log" then lines else page end
