#!/bin/sh
# Makes .venv and installs what requirements.txt pins. `make` calls it; each failure is one line
# that says what to do. PYTHON names an interpreter; without it the first suitable one is taken.
set -u
cd "$(dirname "$0")/.."
venv=.venv
log=$venv/install.log

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

supported() {
    "$1" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
        >/dev/null 2>&1
}

version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

# A .venv whose interpreter still runs is kept, so that a new lock costs only what changed.
if ! supported "$venv/bin/python"; then
    if [ -n "${PYTHON:-}" ]; then
        candidates=$PYTHON
    else
        candidates="python3 python3.13 python3.12 python3.11 python"
    fi
    python=
    found=
    for candidate in $candidates; do
        if supported "$candidate"; then
            python=$candidate
            break
        fi
        number=$(version "$candidate") && found="$found $candidate is $number;"
    done
    if [ -z "$python" ]; then
        fail "Python 3.11, 3.12 or 3.13 is needed (${found:- none found;} looked for: $candidates); install one, or name it: make book PYTHON=/path/to/python3.12"
    fi
    number=$(version "$python")
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        fail "$python ($number) has no venv module; on Debian or Ubuntu run: sudo apt install python$number-venv; then run make again"
    fi
    rm -rf "$venv"
    output=$("$python" -m venv "$venv" 2>&1) || {
        reason=$(printf '%s' "$output" | tail -n 1)
        rm -rf "$venv"
        fail "$python ($number) could not make $venv ($reason); free space or fix the permissions of this folder, then run make again"
    }
fi

echo "Installing requirements.txt into $venv: some minutes the first time (log: $log)"
if ! "$venv/bin/python" -m pip install --disable-pip-version-check --no-input \
    -r requirements.txt >"$log" 2>&1 </dev/null; then
    reason=$(grep -E '^ERROR:|Error: ' "$log" | tail -n 1 | sed 's/^ *//')
    fail "installing requirements.txt failed (${reason:-see $log}); check the network and the free space, then run make again (full log: $log)"
fi
touch "$venv/.installed"
