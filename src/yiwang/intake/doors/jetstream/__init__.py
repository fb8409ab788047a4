"""JetStream 消息队列对接: the optional front of a province."""

from .reader import StreamReader, StreamRefused, run

__all__ = ["StreamReader", "StreamRefused", "run"]
