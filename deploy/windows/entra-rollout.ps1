# One run of the rollout, started by the task of entra-rollout.xml. For Windows PowerShell 5.1 and PowerShell 7.
# deploy/README.md tells the steps, and what becomes of each exit code.

# Both stand on the overview page of the app registration. Neither is a secret.
$env:AZURE_TENANT_ID = '00000000-0000-0000-0000-000000000000'
$env:AZURE_CLIENT_ID = '00000000-0000-0000-0000-000000000000'

# The certificate with its private key: a file that only administrators and LOCAL SERVICE may read.
$env:AZURE_CLIENT_CERTIFICATE_PATH = Join-Path $PSScriptRoot 'private\certificate.pem'

$tool = Join-Path $PSScriptRoot 'node_modules\.bin\entra-rollout.cmd'
$state = Join-Path $PSScriptRoot 'state'
$logs = Join-Path $PSScriptRoot 'logs'
# A file a month: whoever clears up removes the old ones.
$log = Join-Path $logs ('{0:yyyy-MM}.log' -f (Get-Date))
$summary = Join-Path $logs 'last-run.md'

New-Item -ItemType Directory -Force -Path $state, $logs | Out-Null
Set-Location -LiteralPath $PSScriptRoot
# What the tool writes is UTF-8, which Windows PowerShell does not expect.
[Console]::OutputEncoding = [Text.Encoding]::UTF8
# What a program writes to standard error is no error of this script.
$ErrorActionPreference = 'Continue'

"--- $(Get-Date -Format o)" | Out-File -FilePath $log -Append -Encoding utf8
& $tool run plan.yaml --tenant $env:AZURE_TENANT_ID --auth certificate --state $state --summary $summary --quiet 2>&1 | ForEach-Object { "$_" } | Out-File -FilePath $log -Append -Encoding utf8
$code = $LASTEXITCODE
"--- exit code $code" | Out-File -FilePath $log -Append -Encoding utf8

# Told by the event log, which is what monitoring reads; the id is the exit code. Its source was made once, by an administrator (deploy/README.md).
if ($code -ne 0) {
    $told = (Get-Content -LiteralPath $log -Encoding utf8 -Tail 40) -join "`r`n"
    # An event holds at most some 31,000 characters.
    if ($told.Length -gt 30000) { $told = $told.Substring($told.Length - 30000) }
    $type = if ($code -eq 4 -or $code -eq 69) { 'Warning' } else { 'Error' }
    # PowerShell 7 has no Write-EventLog; .NET has it everywhere on Windows.
    try { [Diagnostics.EventLog]::WriteEntry('entra-rollout', $told, $type, $code) } catch { "--- not told in the event log: $_" | Out-File -FilePath $log -Append -Encoding utf8 }
}
exit $code
