"""What the place stage reads 地点查询: names, addresses and the trained reader, kept in memory by version."""

from __future__ import annotations

import threading
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from ...kernel.actor import Actor
from ...kernel.errors import Refused
from ...ledger.public import VersionedCache
from ...orgs.public import AreaIndex, area_index
from ...places.public import standing_addresses
from ..models import AddressModel, AddressModelContent, PlaceName
from ..rules.placing.divisions import DivisionRow, Divisions
from ..rules.placing.index import MOST_ADDRESSES, AddressIndex, AddressRow
from ..rules.placing.reader import ReaderModel, TrainedReader
from ..rules.placing.reading import PlaceReader

#: Name under which versions of the reader and other names of places are cached.
READER_CACHE, NAMES_CACHE = "address_models", "place_names"
_NAMED_KINDS = frozenset({"city", "district", "street", "community", "functional_zone", "shared_zone"})


def _index() -> AddressIndex:
    divisions = divisions_of(area_index())
    rows = (AddressRow(*row) for row in standing_addresses(most=MOST_ADDRESSES))
    return AddressIndex(rows, divisions.scanner())


def _aliases() -> dict[str, str]:
    rows = PlaceName.objects.filter(retired_at=None).order_by("name")
    return dict(rows.values_list("name", "stands_for"))


def _model() -> tuple[int, ReaderModel] | None:
    found = AddressModelContent.objects.filter(version__in_use=True).select_related("version").first()
    if found is None:
        return None
    return found.version.number, ReaderModel(bytes(found.crf), bytes(found.names))


_indexes: VersionedCache[AddressIndex] = VersionedCache("addresses", _index)
_names: VersionedCache[dict[str, str]] = VersionedCache(NAMES_CACHE, _aliases)
_models: VersionedCache[tuple[int, ReaderModel] | None] = VersionedCache(READER_CACHE, _model)
#: Readers are not shared between threads; each keeps the one it made last with what it was made of.
_kept = threading.local()


def divisions_of(areas: AreaIndex) -> Divisions:
    """Names of the divisions of one day."""
    nodes = sorted(
        (node for node in areas.by_code.values() if node.kind in _NAMED_KINDS), key=lambda n: n.code
    )
    rows = [
        DivisionRow(node.id, node.name, node.kind, frozenset(one.id for one in areas.ancestors(node.id)[1:]))
        for node in nodes
    ]
    city = next((node.code for node in nodes if node.kind == "city"), "")
    return Divisions(rows, city)


def place_reader(at: datetime | None = None) -> PlaceReader:
    """The reader of this thread 地点识别器, for the divisions of a day; rebuilt after a change."""
    areas = area_index(timezone.localdate(at) if at else None)
    parts = (areas, _indexes.get(), _names.get(), _models.get())
    made: tuple[tuple[object, ...], PlaceReader] | None = getattr(_kept, "reader", None)
    if made is not None and all(old is new for old, new in zip(made[0], parts, strict=True)):
        return made[1]
    _, index, aliases, model = parts
    trained = TrainedReader(model[1]).read if model is not None else None
    reader = PlaceReader(
        divisions_of(areas), index.called(aliases), communities=areas.communities_under, trained=trained
    )
    _kept.reader = (parts, reader)
    return reader


def trained_reader() -> TrainedReader | None:
    """The trained reader that is in use; None before one was published."""
    model = _models.get()
    return TrainedReader(model[1]) if model is not None else None


def address_models() -> list[AddressModel]:
    """Versions of the trained reader 地址识别模型版本, the newest first."""
    return list(AddressModel.objects.order_by("-number")[:50])


def place_names() -> list[PlaceName]:
    """Other names in use 地名别名, by name; at most 500."""
    return list(PlaceName.objects.filter(retired_at=None).order_by("name")[:500])


def area_words(area_id: UUID, areas: AreaIndex) -> str:
    """The name of an area with the one above it, such as 沙洲街道中胜社区."""
    line = [node.name for node in areas.ancestors(area_id)[:2] if node.kind != "city"]
    return "".join(reversed(line)) or "本市"


def demand_reading(actor: Actor) -> None:
    """Raise `Refused` unless the actor may read cases somewhere."""
    if not actor.may_anywhere("cases.view"):
        raise Refused("您没有使用地址识别的权限。", act="cases.view")
