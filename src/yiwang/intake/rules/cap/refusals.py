"""Refusals 拒收: why a file is no alert that may be relayed, by name."""

from __future__ import annotations

#: Name of a refusal → what it means, in Chinese. The names are part of the interface.
REFUSALS = {
    "not_a_file": "不是普通文件，未读取。",
    "unreadable": "文件无法读取。",
    "empty": "文件为空。",
    "too_large": "文件超过大小上限。",
    "compressed": "文件是压缩包；本平台不解压，请发送 XML 原文。",
    "bad_encoding": "字符编码无法识别，或内容与所声明的编码不符。",
    "dtd": "含有文档类型声明（DTD）或实体定义，可能是实体攻击。",
    "broken_xml": "不是完整的 XML。",
    "too_deep": "XML 嵌套过深或元素过多。",
    "not_cap": "不是 CAP 1.1 或 1.2 的 alert 文件。",
    "not_valid": "不符合 CAP 1.2 模式，而本渠道要求严格校验。",
    "missing": "缺少必填项。",
    "bad_value": "取值不在标准规定之内。",
    "bad_time": "时间无法识别。",
    "bad_identifier": "预警标识不符合 12379 的 31 位编码规则。",
    "not_public": "不是公开预警；平台只转发公开预警。",
    "unsigned": "没有数字签名，而本渠道要求签名。",
    "bad_signature": "数字签名不成立，或没有覆盖全文。",
    "untrusted": "签名不出自本渠道信任的证书，或证书不在有效期内。",
    "changed": "同一标识的预警已经收到，而内容不同。",
}


class CapRefused(Exception):
    """A file is refused 拒收.

    Attributes:
        reason: a key of `REFUSALS`.
        detail: what exactly, in Chinese; may be empty.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail

    @property
    def message(self) -> str:
        """The sentence for people."""
        words = REFUSALS[self.reason]
        return f"{words.rstrip('。')}：{self.detail}" if self.detail else words
