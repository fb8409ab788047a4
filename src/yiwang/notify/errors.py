"""Errors of `notify`, each with a stable `code`."""

from __future__ import annotations

from ..kernel.errors import Conflict


def another_is_on(name: str) -> Conflict:
    """One gateway at a time: two would not know of each other's quota."""
    return Conflict(f"网关“{name}”正在使用，请先关闭它再启用这一个。", code="notify.another_is_on")


def not_valid_today() -> Conflict:
    """A gateway outside its validity is not switched on."""
    return Conflict("今天不在这个网关的有效期内，请先修改有效期。", code="notify.not_valid")


def is_not_settled() -> Conflict:
    """Only what failed, is held or was left out for a reason that has passed is sent again."""
    return Conflict("只有发送失败或结果不明的短信可以重新发送。", code="notify.not_settled")


def is_erased() -> Conflict:
    """The message's number and text are gone."""
    return Conflict("短信的号码和内容已经清除，无法重新发送。", code="notify.erased")


def told_already() -> Conflict:
    """One message an occasion."""
    return Conflict("这次回访已经给诉求人发过短信，请勿重复发送。", code="notify.told_already")
