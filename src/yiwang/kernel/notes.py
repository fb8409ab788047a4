"""Signed notes 签名文本: a short text with an Ed25519 signature line, as transparency logs publish them.

The form is that of C2SP signed-note and tlog-checkpoint, so independent verifiers can read it::

    yiwang/ledger
    1255
    <root in base64>
    position 40211

    — yiwang/ledger <base64 of key hash and signature>
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ALGORITHM = b"\1"


class NoteBroken(ValueError):
    """A note is malformed, or its signature does not hold."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs notes under a name.

    Attributes:
        name: without spaces or plus signs.
        seed: the 32 bytes of the private Ed25519 key.
    """

    name: str
    seed: bytes

    def sign(self, text: str) -> str:
        """The note of a text, which must end with a line break and hold no empty line at its end."""
        if not text.endswith("\n") or text.endswith("\n\n"):
            raise ValueError("a note's text ends with exactly one line break")
        signature = self._private().sign(text.encode())
        line = base64.b64encode(_key_hash(self.name, self._public()) + signature).decode()
        return f"{text}\n\u2014 {self.name} {line}\n"

    @property
    def verifier_key(self) -> str:
        """The public key in the form that verifiers take: `name+hash+key`."""
        public = self._public()
        key = base64.b64encode(_ALGORITHM + public).decode()
        return f"{self.name}+{_key_hash(self.name, public).hex()}+{key}"

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def _public(self) -> bytes:
        return self._private().public_key().public_bytes_raw()


def open_note(note: str, verifier_key: str) -> str:
    """The text of a note whose signature by `verifier_key` holds.

    Raises:
        NoteBroken: when there is no such signature or it does not hold.
    """
    name, _, rest = verifier_key.partition("+")
    _, _, encoded = rest.partition("+")
    public = base64.b64decode(encoded)[1:]
    text, separator, signatures = note.rpartition("\n\n")
    if not separator:
        raise NoteBroken("签名文本残缺。")
    text += "\n"
    for line in signatures.splitlines():
        parts = line.split(" ")
        if len(parts) == 3 and parts[0] == "\u2014" and parts[1] == name:
            if _holds(text, parts[2], name, public):
                return text
            raise NoteBroken("签名不符。")
    raise NoteBroken(f"没有 {name} 的签名。")


def _holds(text: str, encoded: str, name: str, public: bytes) -> bool:
    try:
        raw = base64.b64decode(encoded, validate=True)
        if raw[:4] != _key_hash(name, public):
            return False
        Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
    except (ValueError, InvalidSignature):
        return False
    return True


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ALGORITHM + public).digest()[:4]
