"""Plants the small city into the instance that `YIWANG_HOME` names and prints what a client needs, as JSON.

Run as `python -m tests.faults.planting`. The limit of the class `request` is nine seconds on the wall clock,
so that cases fall due while a test is looking.
"""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

#: 0.0025 紧急工作时 are 9 s, the shortest limit of whole seconds that a class can hold.
LIMIT = (Decimal("0.0025"), "urgent_hour")
ROLES = (
    ("seat_operator", "centre", "city"),
    ("dispatcher", "centre", "city"),
    ("handler", "cleaning", None),
)


def plant() -> dict[str, object]:
    """Write the city; returns tokens by role, and the keys of a community, a class and a unit."""
    from django.utils import timezone

    from yiwang.accounts.public import issue_token
    from yiwang.cases.tests.factories import make_city
    from yiwang.kernel.actor import Actor
    from yiwang.ledger.public import bump_now

    city = make_city()
    request = city.classes["request"]
    request.default_amount, request.default_unit = LIMIT
    request.save()
    bump_now("catalog")
    tokens = {}
    now = timezone.now()
    for kind, unit, area in ROLES:
        account = city.login(kind, unit=unit, area=area)
        issued = issue_token(
            actor=Actor(account_id=account.id), at=now, account_id=account.id, name="faults",
            acts=["read", "write"], expires_at=now + timedelta(hours=2),
        )  # fmt: skip
        tokens[kind] = issued.text
    return {
        "tokens": tokens,
        "community": str(city.area("east_1_a")),
        "matter_class": str(request.id),
        "host": str(city.unit("cleaning")),
    }


def main() -> None:
    """Prepare the instance, plant, print."""
    from yiwang.project.instance import prepare

    prepare()
    print(json.dumps(plant()))


if __name__ == "__main__":
    main()
