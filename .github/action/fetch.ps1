# Finds the binary that the action runs, or downloads it, and hands its path to the next step.
# Nothing is run before its SHA-256 has been found in checksums.txt. The twin of fetch.sh, which says more.
#
# Reads ACTION_REPOSITORY, BINARY_PATH, DOWNLOAD_BASE_URL, STATE_FILE, VERSION (each may be empty) and the runner's
# own variables. Writes the outputs `binary` and `state-file`.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

function Stop-Fetch([string] $Message) {
    $data = ($Message -replace '[\r\n]', ' ') -replace '%', '%25'
    Write-Host "::error title=sproobo-deploy could not be fetched::$data"
    exit 1
}

function Add-StepOutput([string] $Name, [string] $Value) {
    if ($Value -match '[\r\n]') { Stop-Fetch "$Name must not hold a line break" }
    [IO.File]::AppendAllText($env:GITHUB_OUTPUT, "$Name=$Value`n")
}

function Get-Sha256([string] $Path) {
    (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash.ToLowerInvariant()
}

# A URL for people: without credentials, query and fragment, which may be secrets that no runner knows to mask.
function Get-ShownUrl([string] $Url) {
    $Url -replace '[\r\n]', '' -replace '[?#].*', '' -replace '//[^/]*@', '//'
}

function Test-Url([string] $Url) {
    if ($Url -match '[\s\p{Cc}]') { Stop-Fetch 'download-base-url must not hold white space or control characters' }
    $uri = $null
    if (-not [Uri]::TryCreate($Url, [UriKind]::Absolute, [ref] $uri)) { return $false }
    # IsLoopback would take names for this machine that fetch.sh does not.
    $isHere = $uri.Host -in '127.0.0.1', 'localhost', '[::1]'
    $uri.Scheme -eq 'https' -or ($uri.Scheme -eq 'http' -and $isHere -and -not $uri.UserInfo)
}

# Left by an earlier use of the action in this job. A link or a device is nothing that an earlier use left.
$stateFile = if ($env:STATE_FILE) { $env:STATE_FILE } else { Join-Path $env:RUNNER_TEMP 'sproobo-deploy.json' }
$state = Get-Item -LiteralPath $stateFile -Force -ErrorAction SilentlyContinue
if ($state -and ($state -isnot [IO.FileInfo] -or $state.LinkType)) {
    Stop-Fetch "state-file is not a regular file: $stateFile"
}
if ($state) { Remove-Item -LiteralPath $stateFile -Force }
Add-StepOutput 'state-file' $stateFile

if ($env:BINARY_PATH) {
    if (-not (Test-Path -LiteralPath $env:BINARY_PATH -PathType Leaf)) {
        Stop-Fetch "binary-path is not a file: $env:BINARY_PATH"
    }
    Add-StepOutput 'binary' (Resolve-Path -LiteralPath $env:BINARY_PATH).ProviderPath
    exit 0
}

$target = switch ($env:RUNNER_ARCH) {
    'X64' { 'x86_64-pc-windows-msvc' }
    'ARM64' { 'aarch64-pc-windows-msvc' }
    default { Stop-Fetch "no release for Windows on $env:RUNNER_ARCH; build sproobo-deploy for it and give binary-path" }
}

$releases = @(Get-Content -LiteralPath (Join-Path $PSScriptRoot 'checksums.txt') |
    Where-Object { $_ -cmatch '^[0-9a-f]{64}  \S+ \S+$' } |
    ForEach-Object {
        $fields = $_ -split ' +'
        [pscustomobject] @{ Sha256 = $fields[0]; Version = $fields[1]; Target = $fields[2] }
    })
if ($env:VERSION) {
    $version = $env:VERSION -creplace '^v', ''
} elseif ($releases) {
    $version = $releases[0].Version
} else {
    Stop-Fetch ('this commit of the action lists no release in .github/action/checksums.txt; ' +
        'use the commit of a release, or give binary-path')
}
$release = $releases | Where-Object { $_.Version -ceq $version -and $_.Target -ceq $target } | Select-Object -First 1
if (-not $release) {
    Stop-Fetch ("sproobo-deploy $version for $target is not in this commit's .github/action/checksums.txt, so it " +
        "can't be checked; use the commit of a release that lists it, or give binary-path")
}

# What is run lies where no other job of this machine writes, and is hashed there: the tool cache is shared.
$work = New-Item -ItemType Directory -Path (Join-Path $env:RUNNER_TEMP "sproobo-deploy.$([guid]::NewGuid())")
$binary = Join-Path $work.FullName 'sproobo-deploy.exe'

$cache = $null
if ($env:RUNNER_TOOL_CACHE) {
    $cache = Join-Path $env:RUNNER_TOOL_CACHE "sproobo-deploy/$version/$($env:RUNNER_ARCH.ToLowerInvariant())"
    $cached = Join-Path $cache 'sproobo-deploy.exe'
    $item = Get-Item -LiteralPath $cached -Force -ErrorAction SilentlyContinue
    $isComplete = Test-Path -LiteralPath "$cache.complete" -PathType Leaf
    if ($isComplete -and $item -is [IO.FileInfo] -and -not $item.LinkType) {
        Copy-Item -LiteralPath $cached -Destination $binary -ErrorAction SilentlyContinue
        if ((Test-Path -LiteralPath $binary -PathType Leaf) -and (Get-Sha256 $binary) -ceq $release.Sha256) {
            Add-StepOutput 'binary' $binary
            exit 0
        }
        Write-Host 'The copy in the tool cache is not the released file; fetching it again.'
    }
}

if ($env:DOWNLOAD_BASE_URL) {
    $base = $env:DOWNLOAD_BASE_URL.TrimEnd('/')
} elseif ($env:ACTION_REPOSITORY) {
    $base = "https://github.com/$env:ACTION_REPOSITORY/releases/download"
} else {
    Stop-Fetch ('the repository of the action is not known (it is not when it is used by a local path); ' +
        'give binary-path or download-base-url')
}
if (-not (Test-Url $base)) { Stop-Fetch "download-base-url must begin with https://, but it is: $(Get-ShownUrl $base)" }
$url = "$base/v$version/sproobo-deploy-$target.exe"

$shown = Get-ShownUrl $url
Write-Host "Fetching $shown"
$request = @{ Uri = $url; OutFile = $binary; MaximumRetryCount = 3; RetryIntervalSec = 2; TimeoutSec = 300 }
$login = ([Uri] $url).UserInfo
if ($login) {
    # curl sends what stands before the host as a login; PowerShell leaves it out. It is not sent along with a redirect.
    $bytes = [Text.Encoding]::UTF8.GetBytes([Uri]::UnescapeDataString($login))
    $request.Headers = @{ Authorization = "Basic $([Convert]::ToBase64String($bytes))" }
    $request.Uri = $url -replace '//[^/]*@', '//'
}
try {
    Invoke-WebRequest @request
} catch {
    # The message may quote the URL.
    $why = $_.Exception.Message.Replace($url, $shown).Replace([string] $request.Uri, $shown)
    Stop-Fetch ("could not download $shown ($why); on a runner without access to it, give " +
        'download-base-url or binary-path')
}
$actual = Get-Sha256 $binary
if ($actual -cne $release.Sha256) {
    Stop-Fetch ("the SHA-256 of $shown is $actual, but must be $($release.Sha256); nothing of it was run. " +
        'Try again; if it stays so, the file was changed after its release: report it')
}

if ($cache) {
    try {
        New-Item -ItemType Directory -Path $cache -Force | Out-Null
        $half = Join-Path $cache ".$([guid]::NewGuid())"
        Copy-Item -LiteralPath $binary -Destination $half
        Move-Item -LiteralPath $half -Destination $cached -Force
        New-Item -ItemType File -Path "$cache.complete" -Force | Out-Null
    } catch {
        Write-Host "The tool cache can't be written ($($_.Exception.Message)); going on without it."
    }
}
Add-StepOutput 'binary' $binary
