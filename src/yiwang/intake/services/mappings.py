"""Publishing mappings 发布映射, and the mapper of one edition."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from ...catalog.public import ClassLevel, catalog_index
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, Refused, invalid
from ...ledger.public import Act, acting
from ...orgs.public import area_index
from ..models import Mapping
from ..queries import newest_mapping
from ..rules.applying import Mapper
from ..rules.specification import Specification, read_specification

SHIPPED = Path(__file__).resolve().parent.parent / "mappings"


def publish_mapping(*, actor: Actor, at: datetime, text: str) -> Mapping:
    """Publish a mapping file 发布映射 as the next edition of its name; the same text again changes nothing.

    Raises:
        Refused: the actor may not import.
        Invalid: the file is wrong; names line and key.
    """
    if not actor.may_anywhere("intake.import"):
        raise Refused("您没有导入诉求的权限。", code="intake.refused", act="intake.import")
    spec = read_specification(text)
    digest = hashlib.sha256(text.encode()).digest()
    newest = newest_mapping(spec.name)
    if newest is not None and bytes(newest.digest) == digest:
        return newest
    with acting(actor=actor, at=at) as act:
        return next_edition(act, spec, text)


def next_edition(act: Act, spec: Specification, text: str) -> Mapping:
    """The next edition of a mapping inside an open act; the newest one when its text is the same."""
    digest = hashlib.sha256(text.encode()).digest()
    newest = newest_mapping(spec.name)
    if newest is not None and bytes(newest.digest) == digest:
        return newest
    mapping = act.insert(
        Mapping(
            name=spec.name, edition=newest.edition + 1 if newest else 1, format=spec.format,
            channel=spec.channel, text=text, digest=digest, valid_from=act.at,
        )
    )  # fmt: skip
    body = {"name": mapping.name, "edition": mapping.edition, "digest": digest}
    act.record(mapping, "intake.mapping_published", body)
    return mapping


def shipped_mapping(name: str) -> str:
    """The text of a mapping file that comes with the product.

    Raises:
        NotFound: there is none of that name.
    """
    path = SHIPPED / f"{Path(name).name}.yaml"
    if not path.is_file():
        known = "、".join(sorted(p.stem for p in SHIPPED.glob("*.yaml")))
        raise NotFound(f"没有名为“{name}”的映射文件；随附的有：{known}。", code="intake.no_mapping")
    return path.read_text(encoding="utf-8")


def mapper_of(spec: Specification) -> Mapper:
    """A specification with its look-ups into catalog and areas.

    Raises:
        Invalid: it names a classification scheme that does not exist.
    """
    areas = area_index()
    communities = {code: node.id for code, node in areas.by_code.items() if node.kind == "community"}
    grids: dict[str, UUID] = {}
    if "grid" in spec.fields:
        chains = {code: areas.chain(node.id) for code, node in areas.by_code.items() if node.kind == "grid"}
        grids = {code: chain.community_id for code, chain in chains.items() if chain and chain.community_id}
    return Mapper(spec, classes=_classes(spec), communities=communities, grids=grids)


@dataclass(slots=True)
class _Kept:
    """A mapper with the indexes it was made from."""

    mapper: Mapper
    areas: object
    catalog: object


_kept: dict[UUID, _Kept] = {}


def mapper_for(mapping_id: UUID) -> Mapper:
    """The mapper of an edition, which never changes; its look-ups are made anew when areas or catalog do."""
    areas, catalog = area_index(), catalog_index()
    known = _kept.get(mapping_id)
    if known is None or known.areas is not areas or known.catalog is not catalog:
        spec = known.mapper.spec if known else _specification(mapping_id)
        known = _kept[mapping_id] = _Kept(mapper_of(spec), areas, catalog)
    return known.mapper


def _specification(mapping_id: UUID) -> Specification:
    return read_specification(Mapping.objects.values_list("text", flat=True).get(pk=mapping_id))


def _classes(spec: Specification) -> dict[str, UUID]:
    """Code or name to class; of two classes of one name the higher, which claims less."""
    if not spec.scheme:
        return {}
    index = catalog_index()
    if spec.scheme not in index.schemes:
        known = "、".join(sorted(index.schemes)) or "（目录为空）"
        raise invalid("fields.class.scheme", spec.scheme, f"没有这个分类体系；现有：{known}。")
    nodes = index.classes(spec.scheme)
    deepest_first = sorted(nodes, key=lambda node: (-ClassLevel(node.level).depth, node.code))
    found = {node.name: node.id for node in deepest_first}
    found.update({node.code: node.id for node in nodes})
    return found
