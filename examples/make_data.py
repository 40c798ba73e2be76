"""Makes the example data: two weeks of process starts and five weeks of Azure operations, quiet but for what is planted.

    python examples/make_data.py [FOLDER]

The clock of the example is 2024-05-15T12:00:00Z. Everything is made up: the company, people and machines do not exist, addresses are from the ranges
kept for documentation. The same call always writes the same bytes.

Planted for rules/process-execution-frequency-anomaly.yaml: on 2024-05-13, from 21:00 to 22:00, 38 starts of powershell.exe on one workstation, where an hour has 0 to 3.
Planted for rules/anomalous-azure-operation.yaml: on 2024-05-14 a caller who never worked there runs commands on two machines, from an address range never seen before.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

NOW = dt.datetime(2024, 5, 15, 12, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
Row = dict[str, object]


def main(folder: Path) -> None:
    """Write both tables."""
    folder.mkdir(parents=True, exist_ok=True)
    events = sorted(security_events(random.Random(4688)), key=lambda row: str(row["TimeGenerated"]))
    with (folder / "SecurityEvent.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(events[0]))
        writer.writeheader()
        writer.writerows(events)
    operations = sorted(azure_operations(random.Random(36)), key=lambda row: str(row["TimeGenerated"]))
    with (folder / "AzureActivity.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in operations)


# ---------------------------------------------------------------- SecurityEvent

COMPUTERS = ("ws01.contoso.example", "ws02.contoso.example", "ws03.contoso.example", "srv01.contoso.example")
USERS = ("CONTOSO\\amira", "CONTOSO\\bjorn", "CONTOSO\\chen", "CONTOSO\\svc-backup")
COMMANDS = {
    "powershell.exe": ("powershell.exe -File C:\\Scripts\\inventory.ps1", "powershell.exe -NoProfile Get-Service"),
    "cmd.exe": ("cmd.exe /c dir C:\\Reports", "cmd.exe /c backup.cmd"),
    "rundll32.exe": ("rundll32.exe shell32.dll,Control_RunDLL desk.cpl",),
    "notepad.exe": ("notepad.exe notes.txt",),
    "chrome.exe": ("chrome.exe --new-window",),
}


def security_events(dice: random.Random) -> Iterator[Row]:
    """Process starts (4688) and ends (4689), a few an hour, and the planted burst."""
    start = NOW.replace(hour=0) - 14 * DAY
    for hour in range(14 * 24 + 12):
        for process, commands in COMMANDS.items():
            for _ in range(dice.randrange(4) if process == "powershell.exe" else dice.randrange(2)):
                moment = start + hour * HOUR + dt.timedelta(seconds=dice.randrange(3600), milliseconds=dice.randrange(1000))
                yield _event(4688, moment, dice.choice(COMPUTERS), dice.choice(USERS), process, dice.choice(commands))
        yield _event(4689, start + hour * HOUR + dt.timedelta(seconds=dice.randrange(3600)), dice.choice(COMPUTERS), dice.choice(USERS), "notepad.exe", "")
    burst = dt.datetime(2024, 5, 13, 21, tzinfo=dt.UTC)
    for step in range(38):
        command = f"powershell.exe -NoProfile Test-Connection srv{step % 6 + 1:02}.contoso.example"
        yield _event(4688, burst + dt.timedelta(minutes=5, seconds=step * 40), "ws02.contoso.example", "CONTOSO\\chen", "powershell.exe", command)


def _event(event_id: int, moment: dt.datetime, computer: str, account: str, process: str, command: str) -> Row:
    return {
        "TimeGenerated": _time(moment), "Computer": computer, "EventID": event_id, "Account": account,
        "AccountType": "User", "Process": process, "CommandLine": command,
    }  # fmt: skip


# ---------------------------------------------------------------- AzureActivity

SUBSCRIPTION = "5c0a7e11-0000-4000-8000-00000000c0de"
ADMINS = (("amira@contoso.example", "192.0.2.10"), ("bjorn@contoso.example", "192.0.2.77"), ("pipeline@contoso.example", "198.51.100.5"))
MACHINES = ("vm-web01", "vm-web02", "vm-db01")
OPERATIONS = ("START/ACTION", "DEALLOCATE/ACTION", "WRITE", "RUNCOMMAND/ACTION")


def azure_operations(dice: random.Random) -> Iterator[Row]:
    """The daily work of three callers, and the planted newcomer."""
    for day in range(36, -1, -1):
        midnight = NOW.replace(hour=0) - day * DAY
        for caller, address in ADMINS:
            for _ in range(dice.randrange(1, 4)):
                moment = midnight + dt.timedelta(hours=dice.randrange(8, 12), seconds=dice.randrange(3600))
                operation = dice.choice(OPERATIONS) if caller.startswith("amira") else dice.choice(OPERATIONS[:3])
                yield _operation(dice, moment, caller, address, dice.choice(MACHINES), operation)
    night = dt.datetime(2024, 5, 14, 2, 13, tzinfo=dt.UTC)
    for minutes, machine in ((0, "vm-web01"), (4, "vm-db01")):
        yield _operation(dice, night + dt.timedelta(minutes=minutes), "visitor@fabrikam.example", "203.0.113.66", machine, "RUNCOMMAND/ACTION")


def _operation(dice: random.Random, moment: dt.datetime, caller: str, address: str, machine: str, operation: str) -> Row:
    resource = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/prod/providers/microsoft.compute/virtualmachines/{machine}"
    return {
        "TimeGenerated": _time(moment), "OperationNameValue": f"MICROSOFT.COMPUTE/VIRTUALMACHINES/{operation}", "ActivityStatusValue": "Success",
        "Caller": caller, "CallerIpAddress": address, "CorrelationId": str(uuid.UUID(int=dice.getrandbits(128), version=4)), "ResourceGroup": "PROD",
        "ResourceProvider": "MICROSOFT.COMPUTE", "_ResourceId": resource, "SubscriptionId": SUBSCRIPTION,
    }  # fmt: skip


def _time(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data")
