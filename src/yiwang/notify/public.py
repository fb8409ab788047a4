"""The door of `notify`; everything else in the package is private."""

from .enums import MessageState, Notice
from .errors import told_already
from .models import Message
from .queries import gateway_on
from .rules import title_words
from .services.queueing import Telling, forget_report, queue_message
from .services.templates import load_templates

__all__ = [
    "Message",
    "MessageState",
    "Notice",
    "Telling",
    "forget_report",
    "gateway_on",
    "load_templates",
    "queue_message",
    "title_words",
    "told_already",
]
