#!/bin/sh
# The whole life of an API key, tried on the sandbox: no account, no network, nothing is deployed.
# Usage: tests/e2e/keys.sh BINARY
#
# Every step is what docs/keys.md tells a person to do; read it from top to bottom.
# What is set in (...) is meant for that step alone.
# shellcheck disable=SC2030,SC2031
set -eu

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
    echo "usage: $0 BINARY" >&2
    exit 2
fi
binary=$(cd -- "$(dirname -- "$1")" && pwd)/$(basename -- "$1")
folder=$(mktemp -d)
sandbox=
trap 'if [ -n "$sandbox" ]; then kill "$sandbox" 2>/dev/null || :; fi; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
cd "$folder"

# This shell stands for a developer's: no CI system, no options in the environment.
for name in $(env | sed -n 's/^\(SPROOBO_[A-Z_]*\)=.*/\1/p') CI GITHUB_ACTIONS GITLAB_CI GITHUB_TOKEN GITLAB_TOKEN; do
    unset "$name"
done

step() { echo "-- $*"; }

# Runs the binary, which has to exit with the code that comes first; `out` and `err` hold what it printed.
sproobo() {
    wanted=$1
    shift
    code=0
    "$binary" "$@" >out 2>err || code=$?
    if [ "$code" -ne "$wanted" ]; then
        echo "sproobo-deploy $*: exit code $code, not $wanted" >&2
        cat out err >&2
        exit 1
    fi
}

# Checks that a file has a line with this text.
has() {
    grep -qF -- "$2" "$1" || { echo "\"$2\" is not in:" >&2; cat "$1" >&2; exit 1; }
}

# Checks that nothing of the key beyond its public first 12 characters was printed to these files.
hides() {
    secret=$(printf %s "$1" | cut -c 13-)
    shift
    if grep -qF -- "$secret" "$@"; then echo "a key was printed to: $*" >&2; exit 1; fi
}

step "start a sandbox whose first key is old, and take the two variables that it prints"
"$binary" sandbox --key-created-at 2020-01-31 >sandbox.out 2>sandbox.err &
sandbox=$!
tries=100
until grep -q '^export SPROOBO_API_KEY=' sandbox.out; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "no sandbox:" >&2; cat sandbox.err >&2; exit 1; }
    sleep 0.1
done
eval "$(grep '^export ' sandbox.out)"
first=$SPROOBO_API_KEY

step "check: the key is stale, which fails only where it is asked to"
sproobo 0 keys check
has out "(from Sproobo): stale"
has err "To rotate it: 1. create"
sproobo 10 keys check --fail-on-stale-key
sproobo 10 deploy demo --fail-on-stale-key
has err "nothing was triggered"

step "create: the value is on stdout, once"
sproobo 0 keys create laptop
laptop=$(cat out)
hides "$laptop" err
has err "created \`laptop\`"
(export CI=true; sproobo 2 keys create laptop)

step "list: both keys, ours marked"
sproobo 0 keys list
has out "in use, stale"
has out "laptop"
hides "$first" out err
hides "$laptop" out err

step "use the new key"
(export SPROOBO_API_KEY="$laptop"; sproobo 0 sites)
has out "demo"

step "rotate: create, prove, show once, prove again, revoke the old key; never shown in CI"
(export CI=true; sproobo 2 keys rotate --name ci --store stdout-once --revoke-old)
sproobo 0 keys rotate --name ci --store stdout-once --revoke-old
new=$(head -n 1 out)
has out "is revoked"
hides "$new" err
[ "$(grep -cF -- "$new" out)" -eq 1 ]

step "prove: the new key deploys, the old one is refused"
(export SPROOBO_API_KEY="$new"; sproobo 0 deploy demo)
has out "demo: succeeded"
sproobo 3 sites
export SPROOBO_API_KEY="$new"
sproobo 0 keys check --fail-on-stale-key
has out "0 days old (from Sproobo): fresh"

step "revoke: another key at once, the one in use only with --yes"
sproobo 0 keys revoke "$(printf %s "$laptop" | cut -c -12)"
has out "revoked \`laptop\`"
sproobo 2 keys revoke "$(printf %s "$new" | cut -c -12)"
has err "is the key in use"
sproobo 0 keys revoke "$(printf %s "$new" | cut -c -12)" --yes
sproobo 3 deploy demo

step "scan: a key that was committed is found, and not printed"
git init -q repository
printf 'KEY=%s\n' "$new" >repository/.env
sproobo 11 keys scan --repository repository
has out ".env, line 1"
hides "$new" out err
rm repository/.env
sproobo 0 keys scan --repository repository

echo "the life of a key: all as documented"
