"""The severities, tactics and techniques that Sentinel knows. The techniques of a tactic are those of its template validator (MITRE ATT&CK, enterprise and ICS)."""

from __future__ import annotations

__all__ = ["SEVERITIES", "TACTICS", "tactics_with"]

SEVERITIES = ("Informational", "Low", "Medium", "High")


def tactics_with(technique: str) -> tuple[str, ...]:
    """The tactics that a technique serves; none for one that the table lacks. A sub-technique counts as its technique.

    >>> tactics_with("T1566.001")
    ('InitialAccess',)
    """
    number = technique.partition(".")[0].upper().removeprefix("T").zfill(4)
    return tuple(tactic for tactic, numbers in _TECHNIQUES.items() if number in numbers)


_WRITTEN = {
    "PreAttack": "1583 1584 1585 1586 1587 1588 1589 1590 1591 1592 1593 1594 1595 1596 1597 1598",
    "Reconnaissance": "1589 1590 1591 1592 1593 1594 1595 1596 1597 1598",
    "ResourceDevelopment": "1583 1584 1585 1586 1587 1588 1608",
    "InitialAccess": "1078 1091 1133 1189 1190 1195 1199 1200 1566 0810 0817 0818 0819 0822 0847 0848 0860 0862 0865 0866 0883 0886",
    "Execution": "1047 1053 1059 1072 1106 1129 1203 1204 1559 1569 0807 0821 0823 0834 0853 0858 0863 0871 0874",
    "Persistence": "1037 1053 1078 1098 1133 1136 1137 1176 1197 1205 1505 1525 1542 1543 1546 1547 1554 1556 1574 0839 0857 0859 0873 0889",
    "PrivilegeEscalation": "1037 1053 1055 1068 1078 1098 1134 1484 1543 1546 1547 1548 1574 1611 0874 0890",
    "DefenseEvasion": (
        "1006 1014 1027 1036 1055 1070 1078 1112 1127 1134 1140 1197 1202 1205 1207 1211 1216 1218 1220 1221 1222 1480 1484 1497 1535 1542 1548 "
        "1550 1553 1556 1562 1564 1574 1578 1599 1600 1601 1610 1612 0820 0849 0851 0856 0858 0872"
    ),
    "CredentialAccess": "1003 1040 1056 1110 1111 1187 1212 1528 1539 1552 1555 1556 1557 1558 1606 1613 1614",
    "Discovery": "1007 1010 1012 1016 1018 1033 1040 1046 1049 1057 1069 1082 1083 1087 1120 1124 1135 1201 1217 1482 1497 1518 1526 1538 1580 0840 0842 0846 0887 0888",
    "LateralMovement": "1021 1072 1080 1091 1210 1534 1550 1563 1570 0812 0843 0859 0866 0867 0886",
    "Collection": (
        "1005 1025 1039 1056 1074 1113 1114 1115 1119 1123 1125 1185 1213 1530 1557 1560 1602 1609 1610 0801 0802 0811 0830 0845 0852 0861 0868 0877 0887"
    ),
    "CommandAndControl": "1001 1008 1071 1090 1092 1095 1102 1104 1105 1132 1205 1219 1568 1571 1572 1573 0869 0884 0885",
    "Exfiltration": "1011 1020 1029 1030 1041 1048 1052 1537 1567",
    "Impact": "1485 1486 1489 1490 1491 1495 1496 1498 1499 1529 1531 1561 1565 0813 0815 0826 0827 0828 0829 0831 0832 0837 0879 0880 0882",
    "ImpairProcessControl": "0806 0836 0839 0855 0856",
    "InhibitResponseFunction": "0800 0803 0804 0805 0809 0814 0816 0835 0838 0851 0857 0878 0881",
}
_TECHNIQUES = {tactic: frozenset(numbers.split()) for tactic, numbers in _WRITTEN.items()}

TACTICS = tuple(_WRITTEN)
