"""Rules of the three officers 三员分立: system, security and audit administration are never in one hand.

Source: GB/T 22239-2019, 8.1.5.1 to 8.1.5.3 (system, audit and security management are separate posts).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

SYSTEM, SECURITY, AUDIT = "system", "security", "audit"

#: Acts that belong to one officer alone; every other act is business and free of this rule.
BRANCH_OF_ACT: Mapping[str, str] = {
    "accounts.manage": SYSTEM,
    "catalog.edit": SYSTEM,
    "cases.configure": SYSTEM,
    "clocks.edit": SYSTEM,
    "orgs.edit": SYSTEM,
    "notify.configure": SYSTEM,
    "places.import": SYSTEM,
    "cases.erase": SECURITY,
    "orgs.assign": SECURITY,
    "orgs.grant": SECURITY,
    "ledger.audit": AUDIT,
    "ledger.check": AUDIT,
}


def branches_of(acts: Iterable[str]) -> frozenset[str]:
    """The officers' branches that acts belong to.

    Example: `orgs.edit` with `cases.view` is `{"system"}`; with `orgs.grant` it is two branches, refused.
    """
    return frozenset(BRANCH_OF_ACT[act] for act in acts if act in BRANCH_OF_ACT)


def are_separate(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether one person may hold both sets of branches: together they are one branch at most."""
    return len(frozenset(one) | frozenset(other)) <= 1
