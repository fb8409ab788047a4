"""Trusting 信任材料: certificates and schema files that a city has put into its home, by name."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography import x509
from django.conf import settings as django_settings
from lxml import etree

from ..rules.cap.examining import Trust
from ..rules.cap.refusals import CapRefused
from ..rules.cap.settings import CapSettings
from ..rules.cap.signatures import read_certificates

_FILES_KEPT = 64


def trust_folder() -> Path:
    """Where the files lie: `trust` in YIWANG_HOME."""
    return Path(django_settings.YIWANG_HOME) / "trust"


def trust_of(settings: CapSettings) -> Trust:
    """What a channel's settings name.

    Raises:
        CapRefused: `untrusted`, when a certificate file is missing or is none: nothing can be verified then.
    """
    certificates: list[x509.Certificate] = []
    for name in settings.certificates:
        path = trust_folder() / name
        try:
            certificates += _certificates(path, path.stat().st_mtime_ns)
        except (OSError, ValueError) as error:
            raise CapRefused("untrusted", f"证书文件 {name} 缺失或无法读取") from error
    return Trust(certificates, _schema_named(settings.schema))


@lru_cache(maxsize=_FILES_KEPT)
def _certificates(path: Path, changed: int) -> list[x509.Certificate]:
    return read_certificates([path.read_bytes()])


def _schema_named(name: str) -> etree.XMLSchema | None:
    """The city's copy of the schema; None where it is not there, as our own table says the same."""
    path = trust_folder() / name
    return _schema(path, path.stat().st_mtime_ns) if name and path.is_file() else None


@lru_cache(maxsize=_FILES_KEPT)
def _schema(path: Path, changed: int) -> etree.XMLSchema:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.XMLSchema(etree.parse(str(path), parser))
