"""Signed messages: accepted or refused as the channel says, and nothing wrapped around a good signature."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from signxml.signer import XMLSigner

from yiwang.intake.rules.cap.documents import read_document
from yiwang.intake.rules.cap.examining import Trust, examine
from yiwang.intake.rules.cap.refusals import CapRefused
from yiwang.intake.rules.cap.schema import CAP_12
from yiwang.intake.rules.cap.settings import CapSettings
from yiwang.intake.rules.cap.signatures import MODES, is_signed, read_certificates

from .messages import AT, IDENTIFIER, message


@cache
def identity(name: str) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - timedelta(days=30))
        .not_valid_after(AT + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def signed(text: str, name: str = "weather") -> bytes:
    key, certificate = identity(name)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    root = etree.fromstring(text.encode())
    return etree.tostring(XMLSigner().sign(root, key=private, cert=pem(certificate).decode()))


def verdict(raw: bytes, mode: str, *, trusted: str = "weather", at: datetime = AT) -> str:
    trust = Trust([identity(trusted)[1]] if trusted else [])
    try:
        return examine(raw, settings=CapSettings(signature=mode), trust=trust, at=at).identifier
    except CapRefused as refused:
        return refused.reason


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("unsigned", (IDENTIFIER, IDENTIFIER, "unsigned")),
        ("good", (IDENTIFIER, IDENTIFIER, IDENTIFIER)),
        ("altered", ("32010041600000_20260701090000_0", "bad_signature", "bad_signature")),
        ("stranger", (IDENTIFIER, "untrusted", "untrusted")),
        ("emptied", (IDENTIFIER, "bad_signature", "bad_signature")),
    ],
)
def test_the_channel_decides_about_signatures(case: str, expected: tuple[str, str, str]) -> None:
    raw = {
        "unsigned": message().encode(),
        "good": signed(message()),
        "altered": signed(message()).replace(b"20260701080000_0", b"20260701090000_0"),
        "stranger": signed(message(), "stranger"),
        "emptied": message(infos="<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>").encode(),
    }[case]
    assert tuple(verdict(raw, mode) for mode in MODES) == expected


def test_a_good_signature_over_another_message_wrapped_inside_is_refused() -> None:
    root = etree.fromstring(signed(message()))
    forged = etree.fromstring(message(identifier="32010041600000_20260701230000_0").encode())
    forged.append(root)
    assert verdict(etree.tostring(forged), "require") == "bad_signature"
    signature = root.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    moved = etree.fromstring(message(identifier="32010041600000_20260701230000_0").encode())
    moved.append(signature)
    assert verdict(etree.tostring(moved), "require") == "bad_signature"


def test_a_certificate_counts_only_while_it_is_valid() -> None:
    raw = signed(message())
    assert verdict(raw, "require", at=AT + timedelta(days=364)) == IDENTIFIER
    assert verdict(raw, "require", at=AT + timedelta(days=366)) == "untrusted"
    assert verdict(raw, "require", trusted="") == "untrusted"


def test_one_of_several_trusted_certificates_is_enough() -> None:
    trust = Trust([identity("other")[1], identity("weather")[1]])
    settings = CapSettings(signature="require")
    assert examine(signed(message()), settings=settings, trust=trust, at=AT).identifier == IDENTIFIER


def test_a_signed_message_passes_the_strict_schema() -> None:
    settings = CapSettings(signature="require", strict=True)
    assert (
        examine(signed(message()), settings=settings, trust=Trust([identity("weather")[1]]), at=AT).level == 2
    )


def test_certificates_are_read_from_files_and_others_are_refused() -> None:
    assert (
        read_certificates([pem(identity("weather")[1]) + pem(identity("other")[1])])[1]
        == identity("other")[1]
    )
    with pytest.raises(ValueError, match="PEM"):
        read_certificates([b"not a certificate"])
    assert is_signed(read_document(signed(message())))
    assert CAP_12 in message()
