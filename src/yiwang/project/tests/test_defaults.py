"""`yiwang import defaults`: a city begins with what the package ships, and keeps its own."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from yiwang.cases.models import Ladder, LoopPolicy, StageLimit
from yiwang.catalog.models import MatterClass
from yiwang.orgs.models import PostKind
from yiwang.whistles.models import WhistleKind

from ..commands.defaults import defaults

pytestmark = pytest.mark.django_db


def load() -> str:
    done = CliRunner().invoke(defaults, catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_an_empty_city_gets_every_shipped_rule_once_and_keeps_what_it_changed():
    load()
    models = (PostKind, MatterClass, LoopPolicy, StageLimit, Ladder, WhistleKind)
    first = [model.objects.count() for model in models]
    assert all(first)
    LoopPolicy.objects.filter(class_kind="event").update(reopen_days=7)
    again = load()
    assert [model.objects.count() for model in models] == first
    assert "事项类别 0 个，办理规则 0 条，吹哨规则 0 条" in again
    assert LoopPolicy.objects.get(class_kind="event").reopen_days == 7
