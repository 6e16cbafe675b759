#!/bin/sh
# Runs the whole suite on both set-ups, then each fault once, those with a browser in processes of their own; status 0 only when every part is green.
# Usage: scripts/run_tests.sh [PYTEST ARGUMENTS]; WORKERS=n runs all but the faults in n processes (2).
set -u
python=${VENV:-.venv}/bin/python
workers=${WORKERS:-2}
chosen=$#
report=
failed=0

run_part() {
    setup=$1 marker=$2
    shift 2
    printf '\n=== %s, %s ===\n' "$setup" "$marker"
    processes=$workers
    case $marker in fault*) processes=0 ;; esac
    PARLEY_TEST_SETUP=$setup "$python" -m pytest -m "$marker" -n "$processes" --dist loadfile "$@"
    status=$?
    # No test at all is a failure, unless somebody chose some by arguments.
    [ $status -eq 5 ] && [ "$chosen" -gt 0 ] && status=0
    [ $status -eq 0 ] && word=green || { word="RED (status $status)"; failed=1; }
    report="$report  $setup, $marker: $word
"
    # Ctrl-C ends the whole run, not one part of it.
    [ $status -eq 2 ] && { printf '\n%s' "$report"; exit 2; }
}

run_part embedded "not journey and not fault" "$@"
run_part distributed "not journey and not fault" "$@"
# Strange requests are tried where more of them can break something: PostgreSQL refuses what SQLite takes.
run_part embedded "journey and not browser and not fault" --ignore tests/core/test_api_fuzz_journey.py "$@"
run_part embedded "browser and not fault" "$@"
# The browser client's own tests talk to no server, and the editor's pages are the same on both: once is enough.
run_part distributed "journey and not browser and not fault" "$@"
run_part distributed "browser and not fault" --ignore tests/js --ignore tests/chatbots "$@"
# Faults start what they need, whatever the set-up; `make faults` repeats them.
run_part embedded "fault and not journey" "$@"
run_part embedded "fault and journey" "$@"
printf '\n%s' "$report"
exit $failed
