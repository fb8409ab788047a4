"""The door of `interface`; everything else in the package is private.

Templates extend `interface/base.html` (staff) or `interface/public.html` (residents) and load
`interface_tags`; components stand in `interface/components/`.
"""

from . import navigation, panels
from .access import staff
from .answering import PROBLEMS, answer_act, asker
from .badges import due_badge_of, give_tone, tone_of
from .changes import Change, changes_of, kind_label, label_kinds, name_posts_with
from .channel_names import name_channels_with, registered_channels
from .components import Chart, Column, Crumb, Fact, Happening, MapLayer, MapView, enumerated
from .error_words import error_words, sentence_of
from .failures import problem_answer
from .form_problems import show_problems
from .keyset import (
    Cursor,
    Order,
    Page,
    decode_cursor,
    encode_cursor,
    order_named,
    page_by_key,
    page_of,
    page_size,
)
from .masking import masked
from .navigation import Entry
from .panels import Panel, within_budget
from .problem import Problem, ProblemOut, install, json_answer, problem_for_status, problem_of, words_for
from .requests import (
    actor_of,
    entity_tag,
    expected_version,
    is_fragment,
    is_lost_race,
    retrying,
    wants_json,
)
from .time_words import spoken_limit
from .uploads import PicturesField, pictures

__all__ = [
    "PROBLEMS",
    "Change",
    "Chart",
    "Column",
    "Crumb",
    "Cursor",
    "Entry",
    "Fact",
    "Happening",
    "MapLayer",
    "MapView",
    "Order",
    "Page",
    "Panel",
    "PicturesField",
    "Problem",
    "ProblemOut",
    "actor_of",
    "answer_act",
    "asker",
    "changes_of",
    "decode_cursor",
    "due_badge_of",
    "encode_cursor",
    "entity_tag",
    "enumerated",
    "error_words",
    "expected_version",
    "give_tone",
    "install",
    "is_fragment",
    "is_lost_race",
    "json_answer",
    "kind_label",
    "label_kinds",
    "masked",
    "name_channels_with",
    "name_posts_with",
    "navigation",
    "order_named",
    "page_by_key",
    "page_of",
    "page_size",
    "panels",
    "pictures",
    "problem_answer",
    "problem_for_status",
    "problem_of",
    "registered_channels",
    "retrying",
    "sentence_of",
    "show_problems",
    "spoken_limit",
    "staff",
    "tone_of",
    "wants_json",
    "within_budget",
    "words_for",
]
