"""Windows event logs, as the tables that hold events."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from kqlpy.errors import KqlDataError
from kqlpy.sources.catalog import Catalog
from kqlpy.sources.event_log import _parsed
from kqlpy.sources.read_options import ReadOptions
from tests.sources.evtx_files import MadeUpEvent, event_log
from tests.sources.helpers import at, rows_of
from tests.sources.packing import PACKERS, write

pytest.importorskip("evtx")

LOGON = MadeUpEvent(
    4624,
    [
        ("SubjectUserName", "WS01$"), ("SubjectDomainName", "CONTOSO"), ("SubjectUserSid", "S-1-5-18"), ("TargetUserName", "ann"),
        ("TargetDomainName", "CONTOSO"), ("TargetUserSid", "S-1-5-21-1-2-3-1001"), ("LogonType", "3"), ("IpAddress", "192.0.2.7"),
        ("LogonGuid", "0F6B3C1E-6A55-4F4E-9D1C-6A7B1C2D3E4F"), ("ProcessName", "C:\\Windows\\System32\\lsass.exe"),
    ],
)  # fmt: skip
PROCESS = MadeUpEvent(
    4688,
    [("SubjectUserName", "ann"), ("SubjectDomainName", "CONTOSO"), ("NewProcessName", "C:\\Tools\\run.exe"), ("CommandLine", 'run "a<b" & c')],
)
FIREWALL = MadeUpEvent(5156, [("Application", "C:\\Tools\\run.exe"), ("SourcePort", "445")])
SERVICE = MadeUpEvent(7045, [("", "first"), ("", "a<b")], "System", "Service Control Manager", 4, "S-1-5-18")
SYSMON = MadeUpEvent(
    1, [("Image", "C:\\Tools\\run.exe"), ("ProcessGuid", "0F6B3C1E-6A55-4F4E-9D1C-6A7B1C2D3E4F")],
    "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 4,
)  # fmt: skip
ALL = [LOGON, PROCESS, FIREWALL, SERVICE, SYSMON]


def table(path: Path, name: str, *events: MadeUpEvent, file: str | None = None, **options: Any) -> Any:
    """The table of a log with these events."""
    write(path / (file or f"{name}.evtx"), event_log(events))
    return Catalog(path, **options).table(name)


def row(table: Any, *columns: str) -> dict[str, Any]:
    """The only row, by column."""
    [found] = rows_of(table, *columns)
    return dict(zip(columns, found, strict=True))


def test_security_events_spread_over_columns(tmp_path: Path) -> None:
    columns = ("TimeGenerated", "EventID", "Activity", "Computer", "Channel", "EventSourceName", "Account", "AccountType", "TargetAccount", "SubjectAccount")
    more = ("LogonType", "LogonTypeName", "LogonGuid", "IpAddress", "Process", "EventRecordId", "SystemThreadId", "EventData", "Type")
    assert row(table(tmp_path, "SecurityEvent", LOGON), *columns, *more) == {
        "TimeGenerated": at("2024-05-01T10:00:01.123456"),
        "EventID": 4624,
        "Activity": "4624 - An account was successfully logged on.",
        "Computer": "ws01.contoso.example",
        "Channel": "Security",
        "EventSourceName": "Microsoft-Windows-Security-Auditing",
        "Account": "CONTOSO\\ann",
        "AccountType": "User",
        "TargetAccount": "CONTOSO\\ann",
        "SubjectAccount": "CONTOSO\\WS01$",
        "LogonType": 3,
        "LogonTypeName": "3 - Network",
        "LogonGuid": "0f6b3c1e-6a55-4f4e-9d1c-6a7b1c2d3e4f",
        "IpAddress": "192.0.2.7",
        "Process": "lsass.exe",
        "EventRecordId": "1",
        "SystemThreadId": 8,
        "EventData": "",
        "Type": "SecurityEvent",
    }


def test_other_events_are_about_the_account_that_acts(tmp_path: Path) -> None:
    assert row(table(tmp_path, "SecurityEvent", PROCESS), "Account", "AccountType", "Process", "NewProcessName", "CommandLine") == {
        "Account": "CONTOSO\\ann",
        "AccountType": "User",
        "Process": "run.exe",
        "NewProcessName": "C:\\Tools\\run.exe",
        "CommandLine": 'run "a<b" & c',
    }


def test_data_without_a_column_stays_xml(tmp_path: Path) -> None:
    found = row(table(tmp_path, "SecurityEvent", FIREWALL), "EventData", "Account", "Activity")
    assert found["EventData"] == (
        '<EventData xmlns="http://schemas.microsoft.com/win/2004/08/events/event">'
        '<Data Name="Application">C:\\Tools\\run.exe</Data><Data Name="SourcePort">445</Data></EventData>'
    )
    assert (found["Account"], found["Activity"]) == ("", "5156 - The Windows Filtering Platform has permitted a connection.")


def test_events_of_other_logs(tmp_path: Path) -> None:
    columns = ("Source", "EventLog", "EventID", "EventLevel", "EventLevelName", "UserName", "ParameterXml", "EventData", "Type")
    assert row(table(tmp_path, "Event", SERVICE), *columns) == {
        "Source": "Service Control Manager",
        "EventLog": "System",
        "EventID": 7045,
        "EventLevel": 4,
        "EventLevelName": "Information",
        "UserName": "NT AUTHORITY\\SYSTEM",
        "ParameterXml": "<Param>first</Param><Param>a&lt;b</Param>",
        "EventData": '<DataItem type="System.XmlData" time="2024-05-01T10:00:01.123456Z"><EventData '
        'xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><Data>first</Data><Data>a&lt;b</Data></EventData></DataItem>',
        "Type": "Event",
    }


def test_events_with_dynamic_data(tmp_path: Path) -> None:
    found = row(table(tmp_path, "WindowsEvent", SYSMON), "Provider", "Channel", "EventID", "EventData")
    assert json.loads(found.pop("EventData")) == {"Image": "C:\\Tools\\run.exe", "ProcessGuid": "{0f6b3c1e-6a55-4f4e-9d1c-6a7b1c2d3e4f}"}
    assert found == {"Provider": "Microsoft-Windows-Sysmon", "Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1}
    assert row(table(tmp_path / "b", "WindowsEvent", SERVICE), "EventData") == {"EventData": '{"Data":["first","a<b"]}'}


def test_a_log_of_another_name_goes_where_the_service_puts_its_events(tmp_path: Path) -> None:
    write(tmp_path / "lateral movement.evtx", event_log(ALL))
    catalog = Catalog(tmp_path)
    assert catalog.names() == ["Event", "SecurityEvent"]
    assert rows_of(catalog.table("SecurityEvent"), "EventID") == [(4624,), (4688,), (5156,)]
    assert rows_of(catalog.table("Event"), "EventID") == [(7045,), (1,)]


def test_a_folder_decides_for_all_its_logs(tmp_path: Path) -> None:
    for name in ("SecurityEvent", "WindowsEvent", "Lab"):
        write(tmp_path / name / "x.evtx", event_log(ALL))
    catalog = Catalog(tmp_path)
    assert [len(rows_of(catalog.table(name), "EventID")) for name in catalog.names()] == [5, 5, 5]
    lab = catalog.table("Lab")
    assert lab is not None
    assert (str(lab.schema.by_name["EventID"]), str(lab.schema.by_name["EventData"])) == ("int", "dynamic")


def test_packed_logs(tmp_path: Path) -> None:
    write(tmp_path / "SecurityEvent.evtx.gz", PACKERS["gz"](event_log(ALL)))
    assert len(rows_of(Catalog(tmp_path).table("SecurityEvent"), "EventID")) == 5


def test_a_log_that_is_cut_short_tells_what_is_missing(tmp_path: Path) -> None:
    whole = event_log(ALL)
    write(tmp_path / "Event.evtx", whole[:4096] + b"damaged!" + whole[4104:])
    catalog = Catalog(tmp_path)
    assert rows_of(catalog.table("Event"), "EventID") == []
    [note] = catalog.reports()[0].notes
    assert note.startswith("the log is damaged in 1 place, whose events are missing: Failed to parse chunk")
    with pytest.raises(KqlDataError, match="the log is damaged in 1 place"):
        rows_of(Catalog(tmp_path, options=ReadOptions(strict=True)).table("Event"), "EventID")


def test_what_is_no_log(tmp_path: Path) -> None:
    write(tmp_path / "Event.evtx", b"ElfFile\0" + b"x" * 20)
    with pytest.raises(KqlDataError, match=r"Event\.evtx cannot be read as a Windows event log"):
        rows_of(Catalog(tmp_path).table("Event"), "EventID")


def test_characters_that_xml_forbids_become_blanks() -> None:
    assert _parsed("<a>x\x01y&#x1;z&#2;&#x9;</a>").text == "x y z \t"


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "Event.evtx", event_log(ALL))
    monkeypatch.setitem(sys.modules, "evtx", None)
    with pytest.raises(KqlDataError, match=r"evtx, which reads these, is not installed\n    pip install 'kqlpy\[evtx\]'"):
        rows_of(Catalog(tmp_path).table("Event"), "EventID")
