"""Settings of the JetStream door 消息队列对接参数: where a province's stream is and how it is read.

```yaml
settings:
  servers: [queue1.province.example:4222, queue2.province.example:4222]
  stream: APPEALS
  subject: appeals.nanjing.>      # what of the stream is for us
  durable: yiwang                 # name of the consumer; the stream keeps its place under it
  create: true                    # whether we make the consumer when the stream has none of that name
  batch: 500                      # messages of one transaction
  ack_wait: 60 s                  # after so long the stream gives an unacknowledged message again
  username: ""                    # with it the channel's key (对方发放的令牌) is a password, else a token
  tls: true
  ca_file: ""                     # certificates trusted instead of the system's
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .periods import period_of
from .yaml_tree import YamlTree

_KEYS = frozenset(
    {"servers", "stream", "subject", "durable", "create", "batch", "ack_wait", "username", "tls", "ca_file"}
)
_SERVER = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]):(\d{1,5})")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LEAST_WAIT, _MOST_WAIT = 2_000, 3_600_000


@dataclass(frozen=True, slots=True)
class JetStreamSettings:
    """How a stream is read 队列读取设置.

    Attributes:
        servers: `host:port` of each server of the cluster; no other is ever connected to.
        creates: whether the consumer is made when it is missing.
        ack_wait: seconds.
    """

    servers: tuple[str, ...]
    stream: str
    subject: str
    durable: str
    creates: bool = True
    batch: int = 500
    ack_wait: float = 60.0
    username: str = ""
    tls: bool = True
    ca_file: str = ""

    @property
    def addresses(self) -> list[str]:
        """The servers as the client wants them."""
        return [f"{'tls' if self.tls else 'nats'}://{server}" for server in self.servers]


def jetstream_settings(tree: YamlTree) -> JetStreamSettings:
    """The settings under a definition's `settings`.

    Raises:
        Invalid: the first thing that is wrong, with line and key.
    """
    tree.known(_KEYS)
    return JetStreamSettings(
        servers=_servers(tree),
        stream=_name(tree, "stream"),
        subject=_subject(tree),
        durable=_name(tree, "durable"),
        creates=tree.flag("create", True),
        batch=tree.count("batch", 500, 1, 1_000),
        ack_wait=_ack_wait(tree),
        username=tree.text("username", most=100),
        tls=tree.flag("tls", True),
        ca_file=tree.text("ca_file", most=500),
    )


def check_jetstream(tree: YamlTree) -> None:
    """Raise `Invalid` for the first setting that is wrong."""
    jetstream_settings(tree)


def is_subject(text: str) -> bool:
    """Whether a text is a subject: words between dots, `*` for one word, `>` for the rest.

    Example: `appeals.*.new` and `appeals.>` are, `appeals..new` and `appeals.>.new` are not.
    """
    words = text.split(".")
    return len(text) <= 200 and all(
        word == "*"
        or (word == ">" and place == len(words) - 1)
        or bool(word and word.isascii() and word.isprintable() and not set(word) & set(" *>"))
        for place, word in enumerate(words)
    )


def _servers(tree: YamlTree) -> tuple[str, ...]:
    given = tree.tree.get("servers")
    if not isinstance(given, list) or not given or len(given) > 20:
        tree.wrong("servers", remedy="请写成列表，至少一项，例如 [queue1.example:4222]。")
    for number, server in enumerate(given):
        found = _SERVER.fullmatch(server) if isinstance(server, str) else None
        if found is None or not 1 <= int(found[1]) <= 65_535:
            tree.wrong("servers", str(number), value=server, remedy="请写成“主机名:端口”。")
    return tuple(given)


def _name(tree: YamlTree, key: str) -> str:
    name = tree.words(key, most=64)
    if not _NAME.fullmatch(name):
        tree.wrong(key, value=name, remedy="只能用英文字母、数字、下划线和连字符。")
    return name


def _subject(tree: YamlTree) -> str:
    subject = tree.words("subject")
    if not is_subject(subject):
        tree.wrong("subject", value=subject, remedy="主题由点号分段，* 代表一段，> 只能在末尾。")
    return subject


def _ack_wait(tree: YamlTree) -> float:
    given = tree.text("ack_wait") or "60 s"
    try:
        period = period_of(given)
    except ValueError:
        period = 0
    if not _LEAST_WAIT <= period <= _MOST_WAIT:
        tree.wrong("ack_wait", value=given, remedy="请填写 2 s 到 1 h，例如 60 s。")
    return period / 1_000
