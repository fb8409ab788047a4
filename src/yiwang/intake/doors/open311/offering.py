"""Offering 服务清单: the services of a channel, named by the catalog, and their definitions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ....catalog.public import catalog_index
from ...rules.open311.settings import Attribute, Service
from .asking import Asker, refuse

_ALWAYS_ASKED = "realtime"


@dataclass(frozen=True, slots=True)
class Offer:
    """A service 服务项 as it is offered today."""

    service: Service
    class_id: UUID
    name: str
    group: str

    @property
    def has_attributes(self) -> bool:
        """Whether there is a definition to ask for."""
        return bool(self.service.attributes)


def offers_of(asker: Asker, at: datetime) -> dict[str, Offer]:
    """The offered services by code; classes that the catalog does not hold today are left out."""
    index, found = catalog_index(at), {}
    for service in asker.settings.services:
        node = index.class_by_code(asker.settings.scheme, service.code)
        if node is not None:
            above = index.line(node.id)[1:]
            group = service.group or (above[0].name if above else "")
            found[service.code] = Offer(service, node.id, node.name, group)
    return found


def offer_of(asker: Asker, code: str, at: datetime) -> Offer:
    """The offered service of a code.

    Raises:
        Unanswerable: 404 when it is not offered.
    """
    found = offers_of(asker, at).get(code)
    if found is None:
        raise refuse(404, f"没有这个 service_code：{code[:60]}。")
    return found


def service_list(asker: Asker, at: datetime) -> list[dict[str, Any]]:
    """The document of `GET services`."""
    return [
        {
            "service_code": code,
            "service_name": offer.name,
            "description": offer.service.description or offer.name,
            "metadata": offer.has_attributes,
            "type": _ALWAYS_ASKED,
            "keywords": ",".join(offer.service.keywords),
            "group": offer.group,
        }
        for code, offer in offers_of(asker, at).items()
    ]


def service_definition(offer: Offer) -> dict[str, Any]:
    """The document of `GET services/{code}`."""
    attributes = [_attribute(order, a) for order, a in enumerate(offer.service.attributes, start=1)]
    return {"service_code": offer.service.code, "attributes": attributes}


def _attribute(order: int, attribute: Attribute) -> dict[str, Any]:
    found: dict[str, Any] = {
        "variable": attribute.variable,
        "code": attribute.code,
        "datatype": attribute.datatype,
        "required": attribute.required,
        "datatype_description": attribute.datatype_description,
        "order": order,
        "description": attribute.description,
    }
    if attribute.values:
        found["values"] = [{"key": key, "name": name} for key, name in attribute.values.items()]
    return found
