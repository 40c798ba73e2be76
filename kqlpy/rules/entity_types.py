"""The entity types of Sentinel: the identifiers of each, and which of them (or which together) an entity cannot do without."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ENTITY_TYPES", "EntityType"]


@dataclass(frozen=True, slots=True)
class EntityType:
    """The identifiers of an entity type. One of the sets of `required` must be mapped whole."""

    identifiers: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]


def _type(identifiers: str, required: str) -> EntityType:
    return EntityType(tuple(identifiers.split()), tuple(tuple(group.split("+")) for group in required.split()))


ENTITY_TYPES = {
    "Account": _type(
        "Name FullName NTDomain DnsDomain UPNSuffix Sid AadTenantId AadUserId PUID IsDomainJoined DisplayName ObjectGuid CloudAppAccountId",
        "FullName Sid Name AadUserId PUID ObjectGuid CloudAppAccountId",
    ),
    "AzureResource": _type("ResourceId", "ResourceId"),
    "CloudApplication": _type("AppId Name InstanceName", "AppId Name"),
    "DNS": _type("DomainName", "DomainName"),
    "File": _type("Directory Name", "Name"),
    "FileHash": _type("Algorithm Value", "Algorithm+Value"),
    "Host": _type(
        "DnsDomain NTDomain HostName FullName NetBiosName AzureID OMSAgentID OSFamily OSVersion IsDomainJoined",
        "FullName HostName NetBiosName AzureID OMSAgentID",
    ),
    "IoTDevice": _type(
        "DeviceId DeviceName Manufacturer Model FirmwareVersion OperatingSystem MacAddress Protocols SerialNumber Source IoTSecurityAgentId DeviceType",
        "DeviceId",
    ),
    "IP": _type("Address", "Address"),
    "Mailbox": _type("MailboxPrimaryAddress DisplayName Upn ExternalDirectoryObjectId RiskLevel", "MailboxPrimaryAddress"),
    "MailCluster": _type(
        "NetworkMessageIds CountByDeliveryStatus CountByThreatType CountByProtectionStatus Threats Query QueryTime MailCount IsVolumeAnomaly Source "
        "ClusterSourceIdentifier ClusterSourceType ClusterQueryStartTime ClusterQueryEndTime ClusterGroup",
        "Query Source",
    ),
    "MailMessage": _type(
        "Recipient Urls Threats Sender P1Sender P1SenderDisplayName P1SenderDomain SenderIP P2Sender P2SenderDisplayName P2SenderDomain ReceivedDate "
        "NetworkMessageId InternetMessageId Subject BodyFingerprintBin1 BodyFingerprintBin2 BodyFingerprintBin3 BodyFingerprintBin4 "
        "BodyFingerprintBin5 AntispamDirection DeliveryAction DeliveryLocation Language ThreatDetectionMethods",
        "NetworkMessageId Recipient",
    ),
    "Malware": _type("Name Category", "Name"),
    "Process": _type("ProcessId CommandLine ElevationToken CreationTimeUtc", "CommandLine ProcessId"),
    "RegistryKey": _type("Hive Key", "Key Hive"),
    "RegistryValue": _type("Name Value ValueType", "Name"),
    "SecurityGroup": _type("DistinguishedName SID ObjectGuid", "DistinguishedName SID ObjectGuid"),
    "SubmissionMail": _type(
        "NetworkMessageId Timestamp Recipient Sender SenderIp Subject ReportType SubmissionId SubmissionDate Submitter",
        "SubmissionId NetworkMessageId Recipient Submitter",
    ),
    "URL": _type("Url", "Url"),
}
