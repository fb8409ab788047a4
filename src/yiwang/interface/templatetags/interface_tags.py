"""Template tags of the page frame 界面标签: icons, badges, local time, masked text, query strings, menu."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms, template
from django.forms import BoundField
from django.forms.boundfield import BoundWidget
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeData, SafeString, mark_safe
from django.utils.translation import gettext

from ...kernel.states import Lifecycle
from ...kernel.working_time import SHANGHAI
from .. import navigation, panels
from ..badges import DueBadge, Tone, due_badge_of, tone_of
from ..error_words import error_words as words_of_error
from ..masking import masked as masked_text
from ..requests import actor_of
from ..views import LARGE_TYPE_COOKIE

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; decorative unless it is given a label to read out."""
    href = f"{static('interface/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.simple_tag(takes_context=True)
def menu(context: template.Context, place: str = "main") -> list[navigation.Section]:
    """The navigation of one place for whoever asks; use `{% menu "main" as sections %}`."""
    request: HttpRequest | None = context.get("request")
    return [] if request is None else navigation.sections_for(request, actor_of(request), place)


@register.simple_tag(takes_context=True)
def panel_places(
    context: template.Context, owner_type: str, owner_id: UUID, area: str = "main"
) -> list[panels.PanelPlace]:
    """The panels of an owner's page; use `{% panel_places "cases.case" case.id as places %}`."""
    return panels.places_for(owner_type, owner_id, actor_of(context["request"]), area)


@register.simple_tag
def styled(field: BoundField) -> SafeString:
    """A form field's control with the frame's classes and its ties to hint and errors."""
    attributes: dict[str, str | bool] = {}
    classes = [_control_class(field)]
    if field.errors:
        attributes["aria-invalid"] = "true"
        classes.append("is-invalid")
    tied = [f"{field.auto_id}_helptext"] if field.help_text else []
    tied += [f"{field.auto_id}_errors"] if field.errors else []
    if tied:
        attributes["aria-describedby"] = " ".join(tied)
    classes.append(str(field.field.widget.attrs.get("class", "")))
    attributes["class"] = " ".join(filter(None, classes))
    return field.as_widget(attrs=attributes)


@register.simple_tag
def styled_choice(field: BoundField, choice: BoundWidget) -> SafeString:
    """One radio button or checkbox of a field, with the frame's classes."""
    attributes = {
        **choice.data["attrs"],
        "class": "form-check-input" + (" is-invalid" if field.errors else ""),
    }
    inner = {**choice.data, "attrs": attributes, "wrap_label": False}
    return mark_safe(choice.renderer.render(inner["template_name"], {"widget": inner}))  # widgets escape


def _control_class(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.RadioSelect)):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


@register.simple_tag(takes_context=True)
def large_type(context: template.Context) -> bool:
    """Whether the large-type mode (适老化大字版) is on; use `{% large_type as large %}`."""
    request: HttpRequest | None = context.get("request")
    return request is not None and request.COOKIES.get(LARGE_TYPE_COOKIE) == "1"


@register.simple_tag(takes_context=True)
def replace_query(context: template.Context, **changes: Any) -> str:
    """The page's query string with some parameters replaced; None or an empty text removes one.

    Changing anything but the cursor drops the cursor, since it belongs to the old list.
    """
    query = context["request"].GET.copy()
    if "cursor" not in changes:
        query.pop("cursor", None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


@register.simple_tag
def live_ticket_url() -> str:
    """Address that hands out tickets for the live feed; empty when the feed is not served."""
    try:
        return reverse("live_ticket")
    except NoReverseMatch:
        return ""


@register.simple_tag
def state_badge(lifecycle: Lifecycle | Mapping[str, str], state: str) -> SafeString:
    """A state with its label in the language of the page and the tone that `badges.tone_of` gives it."""
    states = lifecycle.states if isinstance(lifecycle, Lifecycle) else lifecycle
    return badge(gettext(states.get(state, state)), tone_of(state))


@register.simple_tag
def badge(label: object, tone: Tone = "neutral") -> SafeString:
    """A small label in one of the tones of `badges.TONES`, in the language of the page."""
    shown = label if isinstance(label, SafeData) else gettext(str(label))
    return format_html('<span class="badge tone-{}">{}</span>', tone, shown)


@register.simple_tag(takes_context=True)
def due_badge(
    context: template.Context, due_at: datetime | None, done_at: datetime | None = None
) -> SafeString | str:
    """How much time is left, or how late it is; the instant itself stands in the tooltip.

    The page may put `now` into its context (tests do); else the clock is read.
    """
    if due_at is None:
        return ""
    found: DueBadge = due_badge_of(due_at, done_at=done_at, now=context.get("now") or timezone.now())
    return format_html(
        '<span class="badge tone-{}" title="{}">{}</span>', found.tone, local_time(due_at), found.label
    )


@register.filter
def local_time(value: datetime | date | None, style: str = "minute") -> str:
    """An instant in Asia/Shanghai: `minute`, `second`, `day` or `clock`; a plain date stays a date."""
    if value is None:
        return ""
    if not isinstance(value, datetime):
        return value.isoformat()
    shapes = {"minute": "%Y-%m-%d %H:%M", "second": "%Y-%m-%d %H:%M:%S", "day": "%Y-%m-%d", "clock": "%H:%M"}
    return value.astimezone(SHANGHAI).strftime(shapes[style])


@register.filter
def masked(value: str | None, kind: str = "name") -> str:
    """A name, phone number or address with its middle hidden; see `masking.masked`."""
    return masked_text(value or "", kind)


@register.filter(is_safe=False)
def error_words(value: object) -> object:
    """A sentence of an error, a stored remedy or a message in the language of the page."""
    return words_of_error(value) if isinstance(value, str) else words_of_error(str(value or ""))


@register.filter
def item(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value of a mapping under a key that is itself a variable; None when it has none."""
    return mapping.get(key)
