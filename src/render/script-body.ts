/**
 * What both scripts do with their rows, in PowerShell that Windows PowerShell 5.1 and PowerShell 7 read alike. It holds no word of a tenant:
 * those stand in the rows, which are literals.
 */

/** Functions of both. Counters are kept in tables, since a function of PowerShell writes only variables of its own. */
const FUNCTIONS = String.raw`
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$Smtp = 'SmtpClientAuthenticationDisabled'
$LogPath = Join-Path $PSScriptRoot $LogName
$Counts = @{ done = 0; open = 0; there = 0; moved = 0; failed = 0; gone = 0; keepers = 0; told = 0 }

# As the rows have it: True, False or Null.
function Get-Word($Value) {
    $text = [string]$Value
    if ($text -eq '') { return 'Null' }
    return $text
}

function Get-Value([string]$Word) {
    if ($Word -eq 'Null') { return $null }
    return ($Word -eq 'True')
}

function Read-Rows([string]$Text) {
    foreach ($line in ($Text -split '\r?\n')) {
        if ($line -ne '') {
            $parts = $line -split ' \| ', 3
            @{ Moves = $parts[0]; Id = $parts[1]; Name = $parts[2] }
        }
    }
}

function Write-Row([string]$What, [string]$Name, [string]$Id, [string]$Detail) {
    Write-Host ('{0}: {1} ({2}): {3}' -f $What, $Name, $Id, $Detail)
}

# On disk before the service is asked, so that the rollback knows of a write whose end nobody saw.
function Add-Entry([string]$Do, [string]$Kind, [string]$Id, [string]$Name, $Was, $Set, [string]$Because) {
    $entry = [ordered]@{ at = [DateTime]::UtcNow.ToString('o'); hash = $Hash; do = $Do; kind = $Kind; id = $Id; name = $Name; was = $Was; set = $Set; because = $Because }
    [System.IO.File]::AppendAllText($LogPath, (ConvertTo-Json -InputObject $entry -Compress) + [Environment]::NewLine)
}

# Which settings of it are to be written, and which of them somebody moved to what was neither before nor wanted.
function Compare-Row([string]$Moves, $Current) {
    $set = [ordered]@{}
    $was = [ordered]@{}
    $moved = ''
    if ($Moves -eq '-') { return @{ Set = $set; Was = $was; Moved = $moved } }
    foreach ($setting in ($Moves -split ' ')) {
        $parts = $setting -split '=', 2
        $name = $parts[0]
        $now = Get-Word $Current.$name
        $words = @($now)
        if ($name -eq $Smtp -and $now -eq 'Null') { $words = @('Null', $Inherited) }
        $target = ''
        $isThere = $false
        foreach ($move in ($parts[1] -split ',')) {
            $ends = $move -split '>', 2
            if ($words -contains $ends[0]) { $target = $ends[1] }
            if ($ends[1] -eq $now) { $isThere = $true }
        }
        if ($target -ne '') {
            if ($target -ne $now) {
                $set[$name] = $target
                $was[$name] = $now
            }
        } elseif (-not $isThere) {
            $moved = '{0} is {1}' -f $name, $now
        }
    }
    return @{ Set = $set; Was = $was; Moved = $moved }
}

function Set-One([string]$Kind, [string]$Id, $Set) {
    $with = @{ ErrorAction = 'Stop'; Confirm = $false }
    foreach ($name in $Set.Keys) { $with[$name] = Get-Value $Set[$name] }
    if ($Kind -eq 'plan') {
        $null = Set-CASMailboxPlan -Identity $Id @with
    } elseif ($Kind -eq 'mailbox') {
        $null = Set-CASMailbox -Identity $Id @with
    } else {
        $null = Set-TransportConfig @with
    }
}

function Invoke-Row([string]$Kind, [string]$Id, [string]$Name, [string]$Moves, $Current) {
    # Who is to go on sending mail by SMTP AUTH has to be set before the tenant's own word goes off.
    $isKeeper = $Kind -eq 'mailbox' -and $Moves -match 'SmtpClientAuthenticationDisabled=\S*>False'
    $found = $null
    try {
        $found = Compare-Row $Moves $Current
    } catch {
        $Counts['failed'] += 1
        if ($isKeeper) { $Counts['keepers'] += 1 }
        Write-Row 'failed' $Name $Id ([string]$_)
        return
    }
    if ($found.Moved -ne '') {
        $Counts['moved'] += 1
        if ($isKeeper) { $Counts['keepers'] += 1 }
        Write-Row 'left, somebody changed it' $Name $Id $found.Moved
        return
    }
    if ($found.Set.Count -eq 0) {
        $Counts['there'] += 1
        return
    }
    if ($Session['tenantIsOff'] -and $found.Set.Contains($Smtp) -and $found.Set[$Smtp] -eq 'Null') {
        $Counts['moved'] += 1
        Write-Row 'left' $Name $Id 'SMTP AUTH of the tenant is still off, so that it would lose its own'
        return
    }
    $words = @()
    foreach ($setting in $found.Set.Keys) { $words += '{0} {1} to {2}' -f $setting, $found.Was[$setting], $found.Set[$setting] }
    $detail = $words -join ', '
    if (-not $Apply) {
        $Counts['open'] += 1
        if ($Counts['told'] -lt 20) {
            $Counts['told'] += 1
            Write-Row 'would be set' $Name $Id $detail
        }
        return
    }
    Add-Entry $Doing $Kind $Id $Name $found.Was $found.Set ''
    try {
        Set-One $Kind $Id $found.Set
    } catch {
        $because = [string]$_
        $Counts['failed'] += 1
        if ($isKeeper) { $Counts['keepers'] += 1 }
        Add-Entry 'failed' $Kind $Id $Name $found.Was $found.Set $because
        Write-Row 'failed' $Name $Id $because
        return
    }
    $Counts['done'] += 1
    Add-Entry $Done $Kind $Id $Name $found.Was $found.Set ''
}

function Connect-Tenant {
    $open = @()
    foreach ($each in @(Get-ConnectionInformation)) {
        if ($each.State -eq 'Connected' -and $each.Name -like 'ExchangeOnline_*') { $open += $each }
    }
    if ($open.Count -eq 0) {
        $null = Connect-ExchangeOnline -ShowBanner:$false
        $Session['connected'] = $true
        foreach ($each in @(Get-ConnectionInformation)) {
            if ($each.State -eq 'Connected' -and $each.Name -like 'ExchangeOnline_*') { $open += $each }
        }
    }
    if ($open.Count -eq 0) { throw 'there is no connection to Exchange Online' }
    foreach ($each in $open) {
        if ([string]$each.TenantID -ne $TenantId) { throw ('this session is connected to the tenant {0}; the script is for {1}' -f $each.TenantID, $TenantId) }
    }
}

function Invoke-Plans {
    $rows = $Work['plan']
    if ($rows.Count -eq 0) { return }
    $plans = @{}
    foreach ($plan in @(Get-CASMailboxPlan -ResultSize Unlimited -ErrorAction Stop)) { $plans[[string]$plan.Name] = $plan }
    foreach ($row in $rows) {
        if ($row.Id -eq '*') {
            foreach ($name in @($plans.Keys | Sort-Object)) { Invoke-Row 'plan' $name $name $row.Moves $plans[$name] }
        } elseif ($plans.ContainsKey($row.Id)) {
            Invoke-Row 'plan' $row.Id $row.Name $row.Moves $plans[$row.Id]
        } else {
            $Counts['gone'] += 1
        }
    }
}

# By its own id, or by that of its account; a mailbox of no account is the service's own.
function Read-Mailboxes {
    Write-Progress -Activity 'Mailboxes' -Status 'reading them'
    $listed = @(Get-CASMailbox -ResultSize Unlimited -ErrorAction Stop)
    $found = @{}
    if ($MailboxRowsBy -eq 'mailbox') {
        foreach ($box in $listed) { $found[[string]$box.Guid] = $box }
        return $found
    }
    $owners = @{}
    foreach ($box in @(Get-Mailbox -ResultSize Unlimited -ErrorAction Stop)) { $owners[[string]$box.Guid] = [string]$box.ExternalDirectoryObjectId }
    foreach ($box in $listed) {
        $owner = [string]$owners[[string]$box.Guid]
        if ($owner -ne '') { $found[$owner] = $box }
    }
    return $found
}

function Invoke-Mailboxes {
    $rows = $Work['mailbox']
    if ($rows.Count -eq 0) { return }
    $boxes = Read-Mailboxes
    $others = @()
    $rest = $null
    $named = @{}
    foreach ($row in $rows) {
        if ($row.Id -eq '*') { $rest = $row } else { $named[$row.Id] = $true }
    }
    if ($null -ne $rest) {
        $others = @(foreach ($owner in @($boxes.Keys | Sort-Object)) {
            if (-not $named.ContainsKey($owner)) { @{ Moves = $rest.Moves; Id = $owner; Name = [string]$boxes[$owner].PrimarySmtpAddress } }
        })
    }
    $left = $rows.Count + $others.Count
    $all = $left
    foreach ($row in ($rows + $others)) {
        $left -= 1
        if ($left % 10 -eq 0) {
            Write-Progress -Activity 'Mailboxes' -Status ('{0} of {1} left' -f $left, $all) -PercentComplete ((($all - $left) * 100) / $all)
        }
        if ($row.Id -eq '*') { continue }
        if ($boxes.ContainsKey($row.Id)) {
            $box = $boxes[$row.Id]
            Invoke-Row 'mailbox' ([string]$box.Guid) $row.Name $row.Moves $box
        } else {
            $Counts['gone'] += 1
        }
    }
    Write-Progress -Activity 'Mailboxes' -Completed
}

function Invoke-Tenant($Config) {
    foreach ($row in $Work['tenant']) {
        if ($Counts['keepers'] -gt 0) {
            $Counts['moved'] += 1
            Write-Row 'left' $row.Name $row.Id ('{0} mailboxes that are to keep SMTP AUTH do not have a word of their own yet' -f $Counts['keepers'])
        } else {
            Invoke-Row 'tenant' $row.Id $row.Name $row.Moves $Config
        }
    }
}

# What the service does not say is on, as it is there.
function Read-Tenant {
    $config = Get-TransportConfig -ErrorAction Stop
    return @{ SmtpClientAuthenticationDisabled = ((Get-Word $config.SmtpClientAuthenticationDisabled) -eq 'True') }
}

function Write-Summary {
    Write-Host ''
    if ($Apply) {
        Write-Host ('{0} set' -f $Counts['done'])
    } else {
        Write-Host ('{0} would be set; nothing was written' -f $Counts['open'])
    }
    Write-Host ('{0} were already as they are to be' -f $Counts['there'])
    if ($Counts['gone'] -gt 0) { Write-Host ('{0} on the list have no mailbox, or are not there any more' -f $Counts['gone']) }
    if ($Counts['moved'] -gt 0) { Write-Host ('{0} were left as they are, told above' -f $Counts['moved']) }
    if ($Counts['failed'] -gt 0) { Write-Host ('{0} failed, told above; run it again' -f $Counts['failed']) }
    if ($Apply) { Write-Host ('log: {0}' -f $LogPath) }
    if (-not $Apply -and $Counts['open'] -gt 0) { Write-Host 'to do it: run it again with -Apply' }
    if ($Counts['failed'] + $Counts['moved'] -gt 0) { return 4 }
    if ($Counts['open'] -gt 0) { return 2 }
    return 0
}
`;

const BEFORE = `
$Session = @{ connected = $false; tenantIsOff = $false }
$Inherited = 'Null'
$Work = @{ plan = @(Read-Rows $PlanRows); mailbox = @(Read-Rows $MailboxRows); tenant = @(Read-Rows $TenantRows) }
$exitCode = 1
try {
`;

const AFTER = `
    $exitCode = Write-Summary
} catch {
    Write-Host ('stopped: {0}' -f $_)
} finally {
    if ($Session['connected']) { $null = Disconnect-ExchangeOnline -Confirm:$false }
}
exit $exitCode
`;

/** Whoever goes by the tenant's word may send where the tenant's is on. A recipient administrator may not read that, and need not where nothing is about it. */
const READ_TENANT = `
    Connect-Tenant
    $config = $null
    $needsTenant = $Work['tenant'].Count -gt 0
    foreach ($row in $Work['mailbox']) {
        if ($row.Moves -match 'Null') { $needsTenant = $true }
    }
    if ($needsTenant) {
        $config = Read-Tenant
        $Inherited = 'Null-while-on'
        if ($config.SmtpClientAuthenticationDisabled) { $Inherited = 'Null-while-off' }
    }
`;

/** New mailboxes first, or those made meanwhile would be missed; the tenant's word last. */
export const FORWARD = `
$Doing = 'writing'
$Done = 'done'
${FUNCTIONS}${BEFORE}${READ_TENANT}
    Invoke-Plans
    Invoke-Mailboxes
    Invoke-Tenant $config
${AFTER}`;

/** What the log says was begun, the first value of each setting against the last; what was taken back since is not there any more. */
const FROM_LOG = `
function Read-Log {
    $found = [ordered]@{}
    foreach ($line in [System.IO.File]::ReadAllLines($LogPath)) {
        if ($line -eq '') { continue }
        $entry = $null
        try {
            $entry = ConvertFrom-Json -InputObject $line
        } catch {
            Write-Host 'a line of the log is cut off: nothing was written after it was begun'
            continue
        }
        if ($entry.hash -ne $Hash) { throw 'the log is of another script' }
        $key = '{0} {1}' -f $entry.kind, $entry.id
        if ($entry.do -eq 'writing') {
            if (-not $found.Contains($key)) { $found[$key] = @{ Kind = $entry.kind; Id = $entry.id; Name = $entry.name; First = [ordered]@{}; Last = @{} } }
            foreach ($each in $entry.set.PSObject.Properties) {
                if (-not $found[$key].First.Contains($each.Name)) { $found[$key].First[$each.Name] = $entry.was.($each.Name) }
                $found[$key].Last[$each.Name] = $each.Value
            }
        }
        if ($entry.do -eq 'undone' -and $found.Contains($key)) {
            foreach ($each in $entry.set.PSObject.Properties) { $found[$key].First.Remove($each.Name) }
        }
    }
    return $found
}

function Get-LoggedRows($Found, [string]$Kind) {
    foreach ($each in $Found.Values) {
        if ($each.Kind -eq $Kind -and $each.First.Count -gt 0) {
            $moves = @(foreach ($name in $each.First.Keys) { '{0}={1}>{2}' -f $name, $each.Last[$name], $each.First[$name] })
            @{ Moves = $moves -join ' '; Id = $each.Id; Name = $each.Name }
        }
    }
}
`;

/** The other way round: who goes by the tenant's word has it again before the mailbox's own word goes. */
export const BACKWARD = `
$Doing = 'undoing'
$Done = 'undone'
$MailboxRowsBy = 'mailbox'
${FUNCTIONS}${FROM_LOG}${BEFORE}
    if (Test-Path -LiteralPath $LogPath) {
        $logged = Read-Log
        foreach ($kind in @('plan', 'mailbox', 'tenant')) { $Work[$kind] = @(Get-LoggedRows $logged $kind) }
    } elseif ($Work['plan'].Count + $Work['mailbox'].Count + $Work['tenant'].Count -eq 0) {
        throw ('there is no log {0}: what there was before stands nowhere else' -f $LogPath)
    }
${READ_TENANT}
    Invoke-Tenant $config
    # The log names only those that went by the tenant's word while that was on.
    if ($Apply -and $null -ne $config) {
        $config = Read-Tenant
        $Session['tenantIsOff'] = $config.SmtpClientAuthenticationDisabled
    }
    Invoke-Mailboxes
    Invoke-Plans
${AFTER}`;
