"""A small city for the tests of the responsibility list: two districts, a zone across both, three units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from yiwang.catalog.public import ResponsibilityTerms, catalog_index, load_catalog
from yiwang.kernel.actor import system_actor
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import Area, AreaLink, Unit

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
TODAY = date(2026, 2, 13)
EDITOR = system_actor("test", "catalog.edit")
_FIRST = date(2020, 1, 1)


@dataclass(frozen=True)
class City:
    """Keys by name."""

    areas: dict[str, UUID]
    units: dict[str, UUID]

    def class_id(self, code: str) -> UUID:
        node = catalog_index(AT).class_by_code("city_management", code)
        assert node is not None
        return node.id

    def condition_id(self, code: str, ordinal: int) -> UUID:
        return catalog_index(AT).conditions(self.class_id(code))[ordinal - 1].id

    def terms(
        self,
        host: str,
        class_code: str | None = None,
        area: str | None = None,
        *,
        ordinal: int | None = None,
        scheme: str = "city_management",
        **more: object,
    ) -> ResponsibilityTerms:
        """What a row says, by names and codes."""
        return ResponsibilityTerms(
            scheme_id=catalog_index(AT).schemes[scheme].id,
            host_id=self.units[host],
            class_id=self.class_id(class_code) if class_code else None,
            area_id=self.areas[area] if area else None,
            condition_id=self.condition_id(class_code, ordinal) if class_code and ordinal else None,
            **{"valid_from": TODAY, **more},  # type: ignore[arg-type]
        )


def _area(code: str, name: str, kind: str, parent: Area | None, tree: str = "legal") -> Area:
    return Area.objects.create(
        code=code,
        name=name,
        kind=kind,
        tree=tree,
        parent=parent,
        path=f"{parent.path if parent else ''}{code}/",
        valid_from=_FIRST,
    )


def make_city() -> City:
    """浦口 with 泰山 (东门, 西门), 六合 with 大厂 (新华); 江北新区 runs both streets."""
    load_catalog(actor=EDITOR, at=AT)
    city = _area("320100", "南京市", "city", None)
    pukou = _area("320111", "浦口区", "district", city)
    luhe = _area("320116", "六合区", "district", city)
    taishan = _area("320111001", "泰山街道", "street", pukou)
    dachang = _area("320116001", "大厂街道", "street", luhe)
    east = _area("320111001001", "东门社区", "community", taishan)
    west = _area("320111001002", "西门社区", "community", taishan)
    xinhua = _area("320116001001", "新华社区", "community", dachang)
    grid = _area("G1", "东门一格", "grid", east)
    zone = _area("JB", "江北新区", "functional_zone", None, "operational")
    park = _area("PK", "高新开发区", "functional_zone", None, "operational")
    plaza = _area("PZ", "站前片区", "functional_zone", None, "operational")
    links = [(zone, taishan), (zone, dachang), (park, taishan), (plaza, east), (plaza, xinhua)]
    for operational, legal in links:
        AreaLink.objects.create(operational=operational, legal=legal, valid_from=_FIRST)
    units = [
        Unit.objects.create(code=code, name=code, kind="department", valid_from=_FIRST)
        for code in ("水务局", "城管局", "街道办", "新区管委会")
    ]
    bump_now("areas")
    bump_now("units")
    areas = (city, pukou, luhe, taishan, dachang, east, west, xinhua, grid, zone, park, plaza)
    return City({area.name: area.id for area in areas}, {unit.name: unit.id for unit in units})
