"""Sealing 加密封存: personal data encrypted record by record, under a keyring.

Each sealed text has a data key of its own (AES-256-GCM), wrapped by a key of the keyring. The blob names that
key, so the keyring can be rotated by wrapping the small data keys anew. Dropping the wrapped data key erases
the text for good, in every backup that lacks it. Look-ups by equality use a blind index (HMAC-SHA256) under a
separate key.

A blob is `version (1) | key id (4) | nonce (12) | wrapped data key (48) | nonce (12) | ciphertext and tag`.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_SIZE = 32
_VERSION = 1
_NONCE = 12
_WRAPPED = KEY_SIZE + 16
_HEAD = 5
_BODY = _HEAD + _NONCE + _WRAPPED


class SealBroken(ValueError):
    """A sealed text does not open: altered, of another record, erased, or its key is missing."""


@dataclass(frozen=True)
class Keyring:
    """Keyring 密钥环.

    Attributes:
        keys: key id to 32 bytes; old ones stay until nothing is wrapped by them.
        current: the id that wraps new data keys.
        index_key: 32 bytes for blind indexes; never rotated with the others, as every index would change.
        signing_seed: 32 bytes, the private Ed25519 key that signs checkpoints.
    """

    keys: Mapping[int, bytes]
    current: int
    index_key: bytes
    signing_seed: bytes

    def __post_init__(self) -> None:
        sizes = {len(key) for key in (*self.keys.values(), self.index_key, self.signing_seed)}
        if sizes != {KEY_SIZE} or self.current not in self.keys:
            raise ValueError("密钥环不完整：每个密钥须为 32 字节，当前密钥须在其中。")

    def __repr__(self) -> str:
        return f"Keyring(keys={sorted(self.keys)}, current={self.current})"


def new_keyring() -> Keyring:
    """A keyring of random keys, with key 1 as the current one."""
    return Keyring({1: os.urandom(KEY_SIZE)}, 1, os.urandom(KEY_SIZE), os.urandom(KEY_SIZE))


def with_new_key(keyring: Keyring) -> Keyring:
    """The keyring with one more key, which wraps from now on."""
    number = max(keyring.keys) + 1
    keys = {**keyring.keys, number: os.urandom(KEY_SIZE)}
    return Keyring(keys, number, keyring.index_key, keyring.signing_seed)


def without_old_keys(keyring: Keyring) -> Keyring:
    """The keyring with its current key only; call it when nothing is wrapped by the others any more."""
    keys = {keyring.current: keyring.keys[keyring.current]}
    return Keyring(keys, keyring.current, keyring.index_key, keyring.signing_seed)


def seal(keyring: Keyring, plain: str, *, context: bytes) -> bytes:
    """Encrypt a text.

    Args:
        context: what the text belongs to (such as the record's key); needed again to open it, so that a
            blob copied to another record does not open there.
    """
    data_key = os.urandom(KEY_SIZE)
    nonce = os.urandom(_NONCE)
    body = AESGCM(data_key).encrypt(nonce, plain.encode(), context)
    return _wrap(keyring, data_key) + nonce + body


def unseal(keyring: Keyring, blob: bytes, *, context: bytes) -> str:
    """The text of a blob.

    Raises:
        SealBroken: when it does not open.
    """
    blob = bytes(blob)
    data_key = _unwrap(keyring, blob)
    nonce, body = blob[_BODY : _BODY + _NONCE], blob[_BODY + _NONCE :]
    try:
        return AESGCM(data_key).decrypt(nonce, body, context).decode()
    except (InvalidTag, ValueError) as error:
        raise SealBroken("密文已被改动，或不属于这条记录。") from error


def rewrap(keyring: Keyring, blob: bytes) -> bytes:
    """The same sealed text, its data key wrapped by the current key; an erased blob stays as it is."""
    blob = bytes(blob)
    if is_erased(blob) or key_id(blob) == keyring.current:
        return blob
    return _wrap(keyring, _unwrap(keyring, blob)) + blob[_BODY:]


def erase(blob: bytes) -> bytes:
    """The blob without its wrapped data key: proof that something stood here, which nobody can open."""
    blob = bytes(blob)
    return blob[:1] + bytes(_BODY - 1) + blob[_BODY:]


def is_erased(blob: bytes) -> bool:
    """Whether a blob has lost its data key."""
    return not any(bytes(blob)[1:_BODY])


def key_id(blob: bytes) -> int:
    """The id of the key that wraps the blob's data key."""
    return int.from_bytes(bytes(blob)[1:_HEAD], "big")


def blind_index(keyring: Keyring, value: str, *, purpose: str) -> bytes:
    """32 bytes that are equal for equal values of one purpose and tell nothing without the key."""
    message = purpose.encode() + b"\0" + value.encode()
    return hmac.digest(keyring.index_key, message, "sha256")


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def _wrap(keyring: Keyring, data_key: bytes) -> bytes:
    head = bytes([_VERSION]) + keyring.current.to_bytes(4, "big")
    nonce = os.urandom(_NONCE)
    return head + nonce + _cipher(keyring.keys[keyring.current]).encrypt(nonce, data_key, head)


def _unwrap(keyring: Keyring, blob: bytes) -> bytes:
    if len(blob) < _BODY + _NONCE + 16 or blob[0] != _VERSION:
        raise SealBroken("不是本系统的密文。")
    if is_erased(blob):
        raise SealBroken("密钥已销毁，内容不可恢复。")
    key = keyring.keys.get(key_id(blob))
    if key is None:
        raise SealBroken(f"密钥环里没有 {key_id(blob)} 号密钥，请恢复相应的密钥环文件。")
    try:
        return _cipher(key).decrypt(blob[_HEAD : _HEAD + _NONCE], blob[_HEAD + _NONCE : _BODY], blob[:_HEAD])
    except InvalidTag as error:
        raise SealBroken("密文已被改动，或密钥环不是原来的那一个。") from error
