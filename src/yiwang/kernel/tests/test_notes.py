"""A note opens under its signer's key and no other."""

from __future__ import annotations

import base64

import pytest

from yiwang.kernel.notes import NoteBroken, Signer, open_note

SIGNER = Signer("yiwang/ledger", bytes(range(32)))
OTHER = Signer("yiwang/ledger", bytes(32))
TEXT = "yiwang/ledger\n1\nroot\n"


def test_a_signed_text_opens() -> None:
    note = SIGNER.sign(TEXT)
    assert note.startswith(TEXT + "\n\u2014 yiwang/ledger ")
    assert open_note(note, SIGNER.verifier_key) == TEXT


def test_the_published_key_and_note_of_the_format_are_read() -> None:
    """The example of golang.org/x/mod/sumdb/note."""
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZIn"
        "NIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert open_note(note, key).startswith("If you think")


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("root", "toor"),
        lambda note: note.replace("\u2014", "-"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note[:-9] + "AAAAAAA=\n",
        lambda note: note.replace("\u2014 yiwang/ledger ", "\u2014 yiwang/ledger !"),
    ],
)
def test_a_changed_note_does_not_open(change: object) -> None:
    with pytest.raises(NoteBroken):
        open_note(change(SIGNER.sign(TEXT)), SIGNER.verifier_key)  # type: ignore[operator]


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(NoteBroken):
        open_note(SIGNER.sign(TEXT), OTHER.verifier_key)


def test_the_key_is_given_in_the_form_of_the_format() -> None:
    name, digest, key = SIGNER.verifier_key.split("+", 2)
    assert (name, len(digest), base64.b64decode(key)[0]) == ("yiwang/ledger", 8, 1)


@pytest.mark.parametrize("text", ["", "a", "a\n\n"])
def test_a_text_that_cannot_stand_in_a_note_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        SIGNER.sign(text)
