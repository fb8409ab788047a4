"""Errors of `places`.

Invalid
└── AreasRefused       a file of boundaries has problems; nothing of it was taken
Conflict
└── LaterVersion       the layer already has boundaries that begin later
NotFound
└── NoSuchLayer        there is no layer with that code
"""

from __future__ import annotations

from ..kernel.errors import Conflict, Invalid, NotFound


class AreasRefused(Invalid):
    """Boundaries were refused as a whole (422); `problems` names each feature, what and the remedy."""

    code = "places.areas_refused"


class LaterVersion(Conflict):
    """The layer has boundaries that begin later than the new ones would (409)."""

    code = "places.later_version"


class NoSuchLayer(NotFound):
    """There is no such layer (404)."""

    code = "places.no_such_layer"
