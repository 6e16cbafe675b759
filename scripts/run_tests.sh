#!/bin/sh
# Runs the whole suite on both set-ups, journeys in processes of their own; status 0 only when every part is green.
# Usage: scripts/run_tests.sh [PYTEST ARGUMENTS]
set -u
python=${VENV:-.venv}/bin/python
report=
failed=0

run_part() {
    setup=$1 marker=$2
    shift 2
    printf '\n=== %s, %s ===\n' "$setup" "$marker"
    PARLEY_TEST_SETUP=$setup "$python" -m pytest -m "$marker" "$@"
    status=$?
    [ $status -eq 5 ] && { echo "No test has this marker: that part would pass without testing anything." >&2; }
    [ $status -eq 0 ] && word=green || { word="RED (status $status)"; failed=1; }
    report="$report  $setup, $marker: $word
"
    # Ctrl-C ends the whole run, not one part of it.
    [ $status -eq 2 ] && { printf '\n%s' "$report"; exit 2; }
}

run_part embedded "not journey" "$@"
run_part distributed "not journey" "$@"
run_part embedded journey "$@"
run_part distributed journey "$@"
printf '\n%s' "$report"
exit $failed
