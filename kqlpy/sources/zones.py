"""The time zones that the portal writes behind a column name, and times in them as UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from kqlpy.columns import ticks

__all__ = ["iana_zone", "is_zone_name", "to_utc"]


def is_zone_name(text: str) -> bool:
    """True for what the portal writes in brackets behind a time column's name."""
    return text in _UNKNOWN or bool(_LOOKS_LIKE_ZONE.search(text)) or _plain(text) in _IANA or text in _UTC


def iana_zone(text: str) -> str | None:
    """The IANA name of a portal zone, or a fixed offset such as `+01:00`; "" for UTC, None when it cannot be told."""
    if text in _UTC:
        return ""
    if _plain(text) in _IANA:
        return _IANA[_plain(text)]
    offset = _OFFSET.fullmatch(text.strip())
    if offset is not None:
        hours, minutes = int(offset["hours"]), int(offset["minutes"] or 0)
        return f"{offset['sign']}{hours:02d}:{minutes:02d}" if hours < 15 and minutes < 60 else None
    return text if _is_iana(text) else None


def _plain(text: str) -> str:
    """A zone's name as the portal's list has it: `(UTC-08:00) Pacific Time (US & Canada)` begins with what holds in winter only."""
    return _WINTER.sub("", text).replace("&", "and").strip()


_WINTER = re.compile(r"^\s*\((?:UTC|GMT)(?:[+-]\d{1,2}(?::\d{2})?)?\)\s*")
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")


@lru_cache(maxsize=64)
def _is_iana(text: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def to_utc(local: int, zone: str) -> int:
    """Ticks of a local time as ticks in UTC; of two possible instants the earlier one."""
    seconds, rest = divmod(local, ticks.TICKS_PER_SECOND)
    moment = datetime(1, 1, 1) + timedelta(seconds=seconds)
    try:
        utc = moment.replace(tzinfo=_zone(zone)).astimezone(UTC)
    except OverflowError:
        return local
    since = utc.replace(tzinfo=None) - datetime(1, 1, 1)
    return (since.days * 86_400 + since.seconds) * ticks.TICKS_PER_SECOND + rest


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    if name[0] in "+-":
        hours, minutes = int(name[1:3]), int(name[4:])
        return timezone((1 if name[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


_UTC = frozenset({"UTC", "Coordinated Universal Time", "Z", "GMT"})
_UNKNOWN = frozenset({"Local Time", "Local time"})
_LOOKS_LIKE_ZONE = re.compile(r"\bTime \(|\b(Standard|Daylight|Summer) Time\b|^(UTC|GMT)[+-]|^[A-Z][a-z]+/[A-Z]\w+$")
# The portal's display names of the zones, with the IANA zone that Unicode CLDR gives for each.
_IANA = {
    "International Date Line West": "Etc/GMT+12", "Midway Island, Samoa": "Pacific/Pago_Pago", "Hawaii": "Pacific/Honolulu",
    "Alaska": "America/Anchorage", "Baja California": "America/Tijuana",
    "Pacific Time (US and Canada)": "America/Los_Angeles", "Pacific Time (US and Canada) Tijuana": "America/Los_Angeles",
    "Arizona": "America/Phoenix", "Chihuahua, La Paz, Mazatlan": "America/Mazatlan",
    "Mountain Time (US and Canada)": "America/Denver", "Central America": "America/Guatemala",
    "Central Time (US and Canada)": "America/Chicago", "Guadalajara, Mexico City, Monterrey": "America/Mexico_City",
    "Saskatchewan": "America/Regina", "Bogota, Lima, Quito": "America/Bogota", "Eastern Time (US and Canada)": "America/New_York",
    "Indiana (East)": "America/Indiana/Indianapolis", "Caracas": "America/Caracas", "Atlantic Time (Canada)": "America/Halifax",
    "Santiago": "America/Santiago", "Newfoundland": "America/St_Johns", "Brasilia": "America/Sao_Paulo",
    "Buenos Aires": "America/Argentina/Buenos_Aires", "Greenland": "America/Godthab", "Azores": "Atlantic/Azores",
    "Cape Verde Islands": "Atlantic/Cape_Verde", "Casablanca": "Africa/Casablanca",
    "Dublin, Edinburgh, Lisbon, London": "Europe/London", "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna": "Europe/Berlin",
    "Belgrade, Bratislava, Budapest, Ljubljana, Prague": "Europe/Budapest", "Brussels, Copenhagen, Madrid, Paris": "Europe/Paris",
    "Sarajevo, Skopje, Warsaw, Zagreb": "Europe/Warsaw", "West Central Africa": "Africa/Lagos",
    "Athens, Bucharest, Istanbul": "Europe/Bucharest", "Athens, Bucharest": "Europe/Bucharest", "Istanbul": "Europe/Istanbul",
    "Cairo": "Africa/Cairo", "Harare, Pretoria": "Africa/Johannesburg",
    "Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius": "Europe/Kiev", "Jerusalem": "Asia/Jerusalem", "Baghdad": "Asia/Baghdad",
    "Kuwait, Riyadh": "Asia/Riyadh", "Moscow, St. Petersburg, Volgograd": "Europe/Moscow", "Nairobi": "Africa/Nairobi",
    "Tehran": "Asia/Tehran", "Abu Dhabi, Muscat": "Asia/Dubai", "Baku": "Asia/Baku", "Tbilisi": "Asia/Tbilisi",
    "Yerevan": "Asia/Yerevan", "Kabul": "Asia/Kabul", "Islamabad, Karachi": "Asia/Karachi", "Tashkent": "Asia/Tashkent",
    "Chennai, Kolkata, Mumbai, New Delhi": "Asia/Calcutta", "Sri Jayawardenepura": "Asia/Colombo", "Kathmandu": "Asia/Katmandu",
    "Dhaka": "Asia/Dhaka", "Yangon (Rangoon)": "Asia/Rangoon", "Bangkok, Hanoi, Jakarta": "Asia/Bangkok",
    "Beijing, Chongqing, Hong Kong, Urumqi": "Asia/Shanghai", "Kuala Lumpur, Singapore": "Asia/Singapore",
    "Perth": "Australia/Perth",
    "Taipei": "Asia/Taipei", "Osaka, Sapporo, Tokyo": "Asia/Tokyo", "Seoul": "Asia/Seoul", "Adelaide": "Australia/Adelaide",
    "Darwin": "Australia/Darwin", "Brisbane": "Australia/Brisbane", "Canberra, Melbourne, Sydney": "Australia/Sydney",
    "Guam, Port Moresby": "Pacific/Port_Moresby", "Hobart": "Australia/Hobart", "Auckland, Wellington": "Pacific/Auckland",
}  # fmt: skip
