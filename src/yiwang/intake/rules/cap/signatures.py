"""Signatures 数字签名: XML signatures (xmldsig) against the certificates a channel trusts.

What counts is the element that the signature covers, never the document around it: the message is read from
there, so nothing can be wrapped around a good signature. SHA-1 is not accepted. The national SM2 and SM3 are
not known to the library and are refused as a signature that does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from .refusals import CapRefused
from .schema import XMLDSIG

#: What a channel may demand 签名要求.
#: `ignore` looks at no signature; `verify` accepts unsigned messages, but a signature must hold;
#: `require` accepts only messages whose signature holds.
MODES = ("ignore", "verify", "require")
_SIGNATURE = f"{{{XMLDSIG}}}Signature"
_CONFIGURATION = SignatureConfiguration(require_x509=True, location="./", expect_references=1)


def is_signed(root: etree._Element) -> bool:
    """Whether a signature stands anywhere in a message."""
    return next(root.iter(_SIGNATURE), None) is not None


def read_certificates(texts: Sequence[bytes]) -> list[x509.Certificate]:
    """The certificates in PEM files.

    Raises:
        ValueError: when a file holds none.
    """
    return [certificate for text in texts for certificate in x509.load_pem_x509_certificates(text)]


def signed_part(
    root: etree._Element, *, mode: str, certificates: Sequence[x509.Certificate], at: datetime
) -> etree._Element:
    """The element to read a message from: the signed one, or the root where no signature is demanded.

    Args:
        mode: one of `MODES`.
        at: when the message came in; the certificate must be valid then.

    Raises:
        CapRefused: `unsigned`, `bad_signature` or `untrusted`.
    """
    if mode == "ignore":
        return root
    if not is_signed(root):
        if mode == "require":
            raise CapRefused("unsigned")
        return root
    valid = [each for each in certificates if each.not_valid_before_utc <= at < each.not_valid_after_utc]
    if not valid:
        raise CapRefused("untrusted", "本渠道没有在有效期内的证书")
    refusal = CapRefused("bad_signature")
    for certificate in valid:
        try:
            return _verified(root, certificate)
        except CapRefused as refused:
            refusal = refused
    raise refusal


def _verified(root: etree._Element, certificate: x509.Certificate) -> etree._Element:
    pem = certificate.public_bytes(Encoding.PEM).decode("ascii")
    try:
        found = XMLVerifier().verify(root, x509_cert=pem, expect_config=_CONFIGURATION)
    except (SignXMLException, etree.LxmlError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CapRefused(
            _reason(root, pem), str(error).splitlines()[0][:120] if str(error) else ""
        ) from error
    part = found[0].signed_xml if isinstance(found, list) else found.signed_xml
    if part is None or part.tag != root.tag:
        raise CapRefused("bad_signature", "签名没有覆盖全文")
    return part


def _reason(root: etree._Element, pem: str) -> str:
    """`untrusted` when the signer's own certificate is another one than the trusted, else `bad_signature`."""
    given = root.find(f".//{{{XMLDSIG}}}X509Certificate")
    body = "".join(pem.split("-----")[2].split())
    if given is not None and "".join((given.text or "").split()) != body:
        return "untrusted"
    return "bad_signature"
