"""Windows events as rows of the tables that hold them.

SecurityEvent spreads the data of an event over columns and adds some of its own, such as Account and Activity; Event keeps the data as XML,
WindowsEvent as a dynamic value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from kqlpy.columns import dynamic
from kqlpy.sources.row_columns import Row
from kqlpy.sources.schemas import table_schema

__all__ = ["Event", "as_event", "as_security_event", "as_windows_event", "is_security"]

_NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"


@dataclass(frozen=True, slots=True)
class Event:
    """An event: the texts of its `System` elements and their attributes (`Provider.Name`), and its data as (name, text) pairs."""

    system: Mapping[str, str]
    data: tuple[tuple[str, str], ...]
    time: str

    @classmethod
    def of(cls, root: Element, written: str) -> Event:
        """The event of an XML document; `written` is when it went into the log, which may know one digit more than the event itself."""
        system: dict[str, str] = {}
        data: list[tuple[str, str]] = []
        for child in root:
            if _name(child) == "System":
                for item in child:
                    system[_name(item)] = (item.text or "").strip()
                    system.update({f"{_name(item)}.{key}": value for key, value in item.attrib.items()})
            elif _name(child) in ("EventData", "UserData"):
                data.extend(_pairs(child))
        time = system.get("TimeCreated.SystemTime", "")
        finer = written.partition(" ")[0]
        return cls(system, tuple(data), finer if time and finer.startswith(time.rstrip("Z")) else time or finer)

    def get(self, name: str) -> str:
        """A text of `System`; "" where the event has none."""
        return self.system.get(name, "")


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _pairs(parent: Element) -> list[tuple[str, str]]:
    """The data below an element; one of `UserData` lies a level deeper and is called as its element."""
    found = []
    for item in parent:
        if len(item):
            found.extend(_pairs(item))
        else:
            name = item.get("Name") or ("" if _name(item) == "Data" else _name(item))
            found.append((name, _text(item.text or "")))
    return found


def _text(text: str) -> str:
    """The text of a piece of data: one of nothing but an indented line end is empty, ids of 128 bits are written in lower case."""
    if text.isspace() and "\n" in text:
        return ""
    return text.lower() if _GUID.fullmatch(text) else text


_GUID = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_LOWER_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _braced(text: str) -> str:
    return f"{{{text}}}" if _LOWER_GUID.fullmatch(text) else text


def is_security(event: Event) -> bool:
    """True for events that the service puts into SecurityEvent: those of the security log and of AppLocker."""
    channel = event.get("Channel")
    return channel == "Security" or channel.startswith("Microsoft-Windows-AppLocker/")


# ---------------------------------------------------------------- the tables


def as_event(event: Event) -> Row:
    """A row of Event."""
    values = "".join(f"<Param>{escape(_braced(text))}</Param>" for _, text in event.data)
    return {
        "TimeGenerated": event.time,
        "Source": event.get("Provider.Name"),
        "EventLog": event.get("Channel"),
        "Computer": event.get("Computer"),
        "EventID": event.get("EventID"),
        "EventLevel": event.get("Level"),
        "EventLevelName": _level_name(event),
        "EventCategory": event.get("Task"),
        "UserName": _ACCOUNTS.get(event.get("Security.UserID"), event.get("Security.UserID")),
        "ParameterXml": values,
        "EventData": f'<DataItem type="System.XmlData" time={quoteattr(event.time)}>{_data_xml(event)}</DataItem>',
        "Type": "Event",
    }


def as_windows_event(event: Event) -> Row:
    """A row of WindowsEvent."""
    return {
        "TimeGenerated": event.time,
        "Provider": event.get("Provider.Name"),
        "Channel": event.get("Channel"),
        "Computer": event.get("Computer"),
        "EventID": event.get("EventID"),
        "EventLevel": event.get("Level"),
        "EventLevelName": _level_name(event),
        **_common(event),
        "EventData": dynamic.dumps(_data_object(event)),
        "Type": "WindowsEvent",
    }


def as_security_event(event: Event) -> Row:
    """A row of SecurityEvent: data that the table has columns for goes there; where some has none, EventData keeps all of it."""
    known = _security_columns()
    data = {name: text for name, text in event.data if name in known}
    return {
        "TimeGenerated": event.time,
        "EventSourceName": event.get("Provider.Name"),
        "Channel": event.get("Channel"),
        "Computer": event.get("Computer"),
        "EventID": event.get("EventID"),
        "Activity": f"{event.get('EventID')} - {_activities().get(event.get('EventID'), '')}",
        "Level": event.get("Level"),
        "EventLevelName": _level_name(event),
        **_common(event),
        **data,
        **_accounts(event.get("EventID"), data),
        **({"EventData": _data_xml(event)} if len(data) < len(event.data) else {}),
        "Type": "SecurityEvent",
    }


def _common(event: Event) -> Row:
    """The columns that SecurityEvent and WindowsEvent share; absent ones are null."""
    found = {
        "Task": "Task", "Version": "Version", "Opcode": "Opcode", "Keywords": "Keywords", "EventRecordId": "EventRecordID",
        "Correlation": "Correlation.ActivityID", "SystemProcessId": "Execution.ProcessID", "SystemThreadId": "Execution.ThreadID",
        "SystemUserId": "Security.UserID",
    }  # fmt: skip
    return {column: event.get(name) for column, name in found.items()}


def _level_name(event: Event) -> str:
    return _LEVELS.get(event.get("Level"), "")


_LEVELS = {"0": "LogAlways", "1": "Critical", "2": "Error", "3": "Warning", "4": "Information", "5": "Verbose"}
_ACCOUNTS = {"S-1-5-18": "NT AUTHORITY\\SYSTEM", "S-1-5-19": "NT AUTHORITY\\LOCAL SERVICE", "S-1-5-20": "NT AUTHORITY\\NETWORK SERVICE"}


def _data_xml(event: Event) -> str:
    items = "".join(f"<Data{f' Name={quoteattr(name)}' if name else ''}>{escape(_braced(text))}</Data>" for name, text in event.data)
    return f'<EventData xmlns="{_NAMESPACE}">{items}</EventData>'


def _data_object(event: Event) -> dict[str, Any]:
    """The data by name; what has no name, or the same, as an array."""
    found: dict[str, list[str]] = {}
    for name, text in event.data:
        found.setdefault(name or "Data", []).append(_braced(text))
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in found.items()}


# ---------------------------------------------------------------- columns that the service adds to SecurityEvent


def _accounts(event_id: str, data: Mapping[str, str]) -> Row:
    """Who an event is about: the account that logs on, for other events the one that acts."""
    subject, target = _account(data, "Subject"), _account(data, "Target")
    whose = "Target" if event_id in _ABOUT_TARGET else "Subject"
    account = {"Subject": subject, "Target": target}[whose]
    found: Row = {"SubjectAccount": subject, "TargetAccount": target, "Account": account}
    if account is not None:
        of_machine = account.endswith("$") or data.get(f"{whose}UserSid") in _ACCOUNTS
        found["AccountType"] = "Machine" if of_machine else "User"
    path = data.get("NewProcessName") or data.get("ProcessName")
    found["Process"] = None if path is None else path.rpartition("\\")[2]
    if "LogonType" in data:
        found["LogonTypeName"] = f"{data['LogonType']} - {_LOGON_TYPES.get(data['LogonType'], '')}"
    return {name: text for name, text in found.items() if text is not None}


def _account(data: Mapping[str, str], prefix: str) -> str | None:
    name, domain = data.get(f"{prefix}UserName"), data.get(f"{prefix}DomainName")
    if name is None:
        return None
    return name if domain is None else f"{domain}\\{name}"


#: Events of logging on and off and of checking who somebody is.
_ABOUT_TARGET = frozenset(
    {"4624", "4625", "4626", "4627", "4634", "4647", "4648", "4768", "4769", "4770", "4771", "4772", "4773", "4774", "4775", "4776", "4777", "4964"}
)
_LOGON_TYPES = {
    "0": "System", "2": "Interactive", "3": "Network", "4": "Batch", "5": "Service", "7": "Unlock", "8": "NetworkCleartext", "9": "NewCredentials",
    "10": "RemoteInteractive", "11": "CachedInteractive", "12": "CachedRemoteInteractive", "13": "CachedUnlock",
}  # fmt: skip


@lru_cache(maxsize=1)
def _security_columns() -> frozenset[str]:
    schema = table_schema("SecurityEvent")
    return frozenset(schema.names if schema is not None else ())


@lru_cache(maxsize=1)
def _activities() -> Mapping[str, str]:
    """Event id -> what the event says in its first line; the file has one event a line."""
    text = resources.files("kqlpy.sources").joinpath("data", "security_events.tsv").read_text(encoding="utf-8")
    return dict(line.split("\t", 1) for line in text.splitlines() if line)
