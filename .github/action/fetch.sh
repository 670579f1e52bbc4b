# Finds the binary that the action runs, or downloads it, and hands its path to the next step.
# Nothing is run before its SHA-256 has been found in checksums.txt. POSIX sh; fetch.ps1 is its twin for Windows.
#
# Reads ACTION_REPOSITORY, BINARY_PATH, DOWNLOAD_BASE_URL, STATE_FILE, VERSION (each may be empty) and the runner's
# own variables. Writes the outputs `binary` and `state-file`.
set -eu

table=$(dirname -- "$0")/checksums.txt

# The message is data: escaped as a workflow command wants it, and on one line.
fail() {
    printf '::error title=sproobo-deploy could not be fetched::%s\n' "$(printf %s "$*" | tr '\r\n' '  ' | sed 's/%/%25/g')"
    exit 1
}

output() {
    [ "$(printf %s "$2" | tr -d '\r\n')" = "$2" ] || fail "$1 must not hold a line break"
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

target() {
    case ${RUNNER_OS:-unset}-${RUNNER_ARCH:-unset} in
        Linux-X64) echo x86_64-unknown-linux-musl ;;
        Linux-ARM64) echo aarch64-unknown-linux-musl ;;
        macOS-X64) echo x86_64-apple-darwin ;;
        macOS-ARM64) echo aarch64-apple-darwin ;;
        *) return 1 ;;
    esac
}

sha256() {
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1" | cut -c 1-64
    else
        shasum -a 256 <"$1" | cut -c 1-64
    fi
}

# A URL for people: without credentials, query and fragment, which may be secrets that no runner knows to mask.
shown() {
    printf %s "$1" | tr -d '\r\n' | sed -e 's|[?#].*||' -e 's|//[^/]*@|//|'
}

# Plain http is for a mirror on the machine itself.
check_url() {
    case $1 in
        *[[:space:][:cntrl:]]*) fail "download-base-url must not hold white space or control characters" ;;
        https://?*) return ;;
        http://*)
            host=${1#http://}
            host=${host%%/*}
            case $host in
                *@*) ;;
                127.0.0.1 | 127.0.0.1:* | localhost | localhost:* | '[::1]' | '[::1]:'*) return ;;
            esac
            ;;
    esac
    fail "download-base-url must begin with https://, but it is: $(shown "$1")"
}

download() {
    if command -v curl >/dev/null; then
        curl --proto '=https,http' --proto-redir '=https' --tlsv1.2 --fail --silent --show-error --location \
            --retry 3 --connect-timeout 15 --max-time 300 --output "$2" "$1"
    elif command -v wget >/dev/null; then
        timeout 300 wget -q -O "$2" "$1" # busybox has builds that crash on wget's own -T
    else
        fail "neither curl nor wget is installed; install one, or give binary-path"
    fi
}

# Left by an earlier use of the action in this job; it must not be what `cancel` finds if this use is cut short. A link
# or a device is nothing that an earlier use left.
state_file=${STATE_FILE:-$RUNNER_TEMP/sproobo-deploy.json}
if [ -L "$state_file" ] || { [ -e "$state_file" ] && [ ! -f "$state_file" ]; }; then
    fail "state-file is not a regular file: $state_file"
fi
rm -f -- "$state_file"
output state-file "$state_file"

if [ -n "${BINARY_PATH:-}" ]; then
    case $BINARY_PATH in
        /*) binary=$BINARY_PATH ;;
        *) binary=$PWD/$BINARY_PATH ;;
    esac
    if [ ! -f "$binary" ] || [ ! -x "$binary" ]; then
        fail "binary-path is not an executable file: $binary"
    fi
    output binary "$binary"
    exit
fi

target=$(target) || fail "no release for ${RUNNER_OS:-an unknown system} on ${RUNNER_ARCH:-an unknown processor};" \
    "build sproobo-deploy for it and give binary-path"

version=${VERSION:-$(sed -n 's/^[0-9a-f]\{64\}  \([^ ]*\) .*/\1/p' "$table" | head -n 1)}
version=${version#v}
[ -n "$version" ] || fail "this commit of the action lists no release in .github/action/checksums.txt;" \
    "use the commit of a release, or give binary-path"
expected=$(awk -v version="$version" -v target="$target" \
    '$1 !~ /^#/ && $2 == version && $3 == target { print $1; exit }' "$table")
[ -n "$expected" ] || fail "sproobo-deploy $version for $target is not in this commit's .github/action/checksums.txt," \
    "so it can't be checked; use the commit of a release that lists it, or give binary-path"

command -v sha256sum >/dev/null || command -v shasum >/dev/null || fail "neither sha256sum nor shasum is installed, so" \
    "nothing could be checked; install one, or give binary-path"

# What is run lies where no other job of this machine writes, and is hashed there: the tool cache is shared.
work=$(mktemp -d "$RUNNER_TEMP/sproobo-deploy.XXXXXX")
binary=$work/sproobo-deploy

# The layout of the runner's tool cache: <tool>/<version>/<arch>, complete once <arch>.complete is there.
cache=${RUNNER_TOOL_CACHE:-}
if [ -n "$cache" ]; then
    cache=$cache/sproobo-deploy/$version/$(echo "$RUNNER_ARCH" | tr '[:upper:]' '[:lower:]')
    cached=$cache/sproobo-deploy
    if [ -f "$cache.complete" ] && [ -f "$cached" ] && [ ! -L "$cached" ] && cp "$cached" "$binary"; then
        if [ "$(sha256 "$binary")" = "$expected" ]; then
            chmod 700 "$binary"
            output binary "$binary"
            exit
        fi
        echo "The copy in the tool cache is not the released file; fetching it again."
    fi
fi

if [ -n "${DOWNLOAD_BASE_URL:-}" ]; then
    base=${DOWNLOAD_BASE_URL%/}
elif [ -n "${ACTION_REPOSITORY:-}" ]; then
    base=https://github.com/$ACTION_REPOSITORY/releases/download
else
    fail "the repository of the action is not known (it is not when it is used by a local path); give binary-path" \
        "or download-base-url"
fi
check_url "$base"
url=$base/v$version/sproobo-deploy-$target

echo "Fetching $(shown "$url")"
download "$url" "$binary" || fail "could not download $(shown "$url"); on a runner without access to it, give" \
    "download-base-url or binary-path"
actual=$(sha256 "$binary")
[ "$actual" = "$expected" ] || fail "the SHA-256 of $(shown "$url") is $actual, but must be $expected; nothing of it was" \
    "run. Try again; if it stays so, the file was changed after its release: report it"
chmod 700 "$binary"

# A rename, so that a job beside this one never sees half a file. A cache that can't be written is no reason to fail.
if [ -n "$cache" ] && mkdir -p "$cache" 2>/dev/null && half=$(mktemp "$cache/.XXXXXX" 2>/dev/null); then
    if cp "$binary" "$half" && mv -f "$half" "$cached"; then
        : >"$cache.complete"
    fi
fi
output binary "$binary"
