"""The alerts of a run: grouping and its bounds, entities, details, overridden texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kqlpy.api import Engine
from kqlpy.rules import Alert, Entity, load_rule

HEAD = "id: 0b4a8f3e-1111-4222-8333-444455556666\nname: Spike\ndescription: Many starts\nkind: Scheduled\nseverity: Low\ntactics: [Execution]\n"
TRIGGER = "triggerOperator: gt\ntriggerThreshold: 0\n"
PER_RESULT = "eventGroupingSettings:\n  aggregationKind: AlertPerResult\n"


def alerts(folder: Path, query: str, more: str = "", head: str = HEAD + TRIGGER) -> tuple[Alert, ...]:
    """The alerts of a rule with this query and these further fields."""
    path = folder / "rule.yaml"
    path.write_text(f"{head}query: {json.dumps(query)}\n{more}")
    return Engine().run_rule(load_rule(path)).alerts


def datatable(*values: Any, type_: str = "string") -> str:
    """A query that gives one column, c."""
    return f"datatable(c:{type_})[{', '.join(json.dumps(value) for value in values)}]"


# ---------------------------------------------------------------- grouping


def test_one_alert_holds_all_rows(tmp_path: Path) -> None:
    (alert,) = alerts(tmp_path, "range x from 1 to 500 step 1")
    assert (alert.title, alert.description, alert.severity, alert.tactics) == ("Spike", "Many starts", "Low", ("Execution",))
    assert alert.rows.num_rows == 500


def test_no_alert_when_the_trigger_does_not_fire(tmp_path: Path) -> None:
    assert alerts(tmp_path, "range x from 1 to 0 step 1") == ()


def test_a_trigger_on_few_rows_alerts_without_rows(tmp_path: Path) -> None:
    (alert,) = alerts(tmp_path, "range x from 1 to 0 step 1", PER_RESULT, HEAD + "triggerOperator: lt\ntriggerThreshold: 1\n")
    assert alert.rows.num_rows == 0


@pytest.mark.parametrize(
    ("kind", "rows", "sizes"),
    [
        ("Scheduled", 3, [1, 1, 1]),
        ("Scheduled", 150, [1] * 150),
        ("Scheduled", 151, [1] * 149 + [151]),
        ("NRT", 30, [1] * 30),
        ("NRT", 31, [1] * 29 + [31]),
    ],
)
def test_an_alert_for_each_row_up_to_a_bound(kind: str, rows: int, sizes: list[int], tmp_path: Path) -> None:
    found = alerts(tmp_path, f"range x from 1 to {rows} step 1", PER_RESULT, HEAD.replace("Scheduled", kind) + TRIGGER)
    assert [alert.rows.num_rows for alert in found] == sizes


# ---------------------------------------------------------------- entities


def test_entities_are_distinct_and_keep_what_has_a_value(tmp_path: Path) -> None:
    mapping = (
        "entityMappings:\n- entityType: Account\n  fieldMappings:\n  - {identifier: Name, columnName: u}\n  - {identifier: Sid, columnName: s}\n"
        "- entityType: IP\n  fieldMappings:\n  - {identifier: Address, columnName: ip}\n"
    )
    query = "datatable(u:string, s:string, ip:string)['ann','S-1','10.0.0.1', 'ann','S-1','', 'bob','','10.0.0.1']"
    (alert,) = alerts(tmp_path, query, mapping)
    assert [entity.to_dict() for entity in alert.entities] == [
        {"type": "Account", "identifiers": {"Name": "ann", "Sid": "S-1"}},
        {"type": "Account", "identifiers": {"Name": "bob"}},
        {"type": "IP", "identifiers": {"Address": "10.0.0.1"}},
    ]


def test_what_identifies_nothing_is_no_entity(tmp_path: Path) -> None:
    mapping = (
        "entityMappings:\n- entityType: FileHash\n  fieldMappings:\n  - {identifier: Algorithm, columnName: a}\n  - {identifier: Value, columnName: v}\n"
        "- entityType: Host\n  fieldMappings:\n  - {identifier: HostName, columnName: h}\n  - {identifier: DnsDomain, columnName: d}\n"
    )
    query = "datatable(a:string, v:string, h:string, d:string)['MD5','','','contoso.example', 'MD5','0f','ws01','contoso.example', '','aa','ws02','']"
    (alert,) = alerts(tmp_path, query, mapping)
    assert [entity.to_dict() for entity in alert.entities] == [
        {"type": "FileHash", "identifiers": {"Algorithm": "MD5", "Value": "0f"}},
        {"type": "Host", "identifiers": {"HostName": "ws01", "DnsDomain": "contoso.example"}},
        {"type": "Host", "identifiers": {"HostName": "ws02"}},
    ]


def test_mappings_share_five_hundred_entities(tmp_path: Path) -> None:
    mapping = "entityMappings:\n" + "".join(
        f"- entityType: {type_}\n  fieldMappings:\n  - {{identifier: {name}, columnName: x}}\n" for type_, name in (("IP", "Address"), ("Host", "HostName"))
    )
    (alert,) = alerts(tmp_path, "range x from 1 to 1000 step 1", mapping)
    assert [sum(entity.type == type_ for entity in alert.entities) for type_ in ("IP", "Host")] == [250, 250]


def test_entities_take_64_kilobytes(tmp_path: Path) -> None:
    mapping = "entityMappings:\n- entityType: URL\n  fieldMappings:\n  - {identifier: Url, columnName: u}\n"
    (alert,) = alerts(tmp_path, "range x from 1 to 100 step 1 | project u = strcat(x, strrep('a', 1000))", mapping)
    assert 55 < len(alert.entities) < 66


def test_a_column_of_written_entities(tmp_path: Path) -> None:
    written = json.dumps([{"$id": "1", "Type": "host", "HostName": "ws01"}, {"Type": "ip", "Address": "10.0.0.9", "Location": {"a": 1}}])
    (alert,) = alerts(tmp_path, datatable(written, "no json"), "sentinelEntitiesMappings:\n- columnName: c\n")
    assert alert.entities == (Entity("Host", {"HostName": "ws01"}), Entity("Ip", {"Address": "10.0.0.9"}))


def test_a_mapping_of_a_column_that_is_not_there_gives_nothing(tmp_path: Path) -> None:
    mapping = "entityMappings:\n- entityType: IP\n  fieldMappings:\n  - {identifier: Address, columnName: gone}\n"
    (alert,) = alerts(tmp_path, datatable("x"), mapping)
    assert alert.entities == ()


# ---------------------------------------------------------------- details


def test_custom_details_are_distinct_values(tmp_path: Path) -> None:
    (alert,) = alerts(tmp_path, datatable("b", "a", "b", ""), "customDetails:\n  Who: c\n  Gone: nothing\n")
    assert alert.details == {"Who": ("b", "a"), "Gone": ()}


def test_custom_details_hold_fifty_values_and_two_kilobytes(tmp_path: Path) -> None:
    (alert,) = alerts(tmp_path, "range x from 1 to 99 step 1 | project x, much = strcat(x, strrep('z', 100))", "customDetails:\n  N: x\n  Long: much\n")
    assert len(alert.details["N"]) == 50
    assert 17 <= len(alert.details["Long"]) <= 20


# ---------------------------------------------------------------- overridden texts


def override(**fields: str) -> str:
    """The field alertDetailsOverride."""
    return "alertDetailsOverride:\n" + "".join(f"  {name}: {json.dumps(text)}\n" for name, text in fields.items())


def test_texts_take_values_of_rows(tmp_path: Path) -> None:
    texts = override(alertDisplayNameFormat="Starts by {{c}}", alertDescriptionFormat="{{ c }} was busy")
    found = alerts(tmp_path, datatable("ann", "bob"), PER_RESULT + texts)
    assert [(alert.title, alert.description) for alert in found] == [("Starts by ann", "ann was busy"), ("Starts by bob", "bob was busy")]


def test_one_alert_for_all_rows_lists_their_values(tmp_path: Path) -> None:
    (alert,) = alerts(tmp_path, datatable("ann", "bob", "ann"), override(alertDisplayNameFormat="Starts by {{c}}"))
    assert alert.title == "Starts by ann, bob"


@pytest.mark.parametrize("text", ["Starts by {{c}}", "Starts by {{gone}}"])
def test_a_text_without_its_value_falls_back_to_the_rule(text: str, tmp_path: Path) -> None:
    (alert,) = alerts(tmp_path, datatable(""), override(alertDisplayNameFormat=text))
    assert alert.title == "Spike"


def test_a_title_is_cut_at_256_bytes(tmp_path: Path) -> None:
    (alert,) = alerts(tmp_path, datatable("ü" * 300), override(alertDisplayNameFormat="{{c}}"))
    assert alert.title == "ü" * 128


def test_a_description_is_cut_at_five_kilobytes(tmp_path: Path) -> None:
    (alert,) = alerts(tmp_path, "print c = strrep(strrep('x', 100), 90)", override(alertDescriptionFormat="{{c}}"))
    assert len(alert.description) == 5_000


def test_a_text_takes_fifty_values_of_a_column(tmp_path: Path) -> None:
    (alert,) = alerts(tmp_path, "range c from 1 to 60 step 1", override(alertDescriptionFormat="{{c}}"))
    assert alert.description.split(", ") == [str(n) for n in range(1, 51)]


@pytest.mark.parametrize(("value", "severity"), [("high", "High"), ("Informational", "Informational"), ("Critical", "Low"), ("", "Low")])
def test_severity_of_a_column(value: str, severity: str, tmp_path: Path) -> None:
    (alert,) = alerts(tmp_path, datatable(value), override(alertSeverityColumnName="c"))
    assert alert.severity == severity


@pytest.mark.parametrize(
    ("value", "tactics"),
    [("Impact, Lateral Movement", ("LateralMovement", "Impact")), ('["Discovery"]', ("Discovery",)), ("Mischief", ("Execution",))],
)
def test_tactics_of_a_column(value: str, tactics: tuple[str, ...], tmp_path: Path) -> None:
    (alert,) = alerts(tmp_path, datatable(value), override(alertTacticsColumnName="c"))
    assert alert.tactics == tactics


def test_further_properties(tmp_path: Path) -> None:
    more = "alertDetailsOverride:\n  alertDynamicProperties:\n  - {alertProperty: AlertLink, value: c}\n  - {alertProperty: ProductName, value: gone}\n"
    (alert,) = alerts(tmp_path, datatable("https://example.test/1"), more)
    assert alert.properties == {"AlertLink": "https://example.test/1"}
