"""The state 挂账中, applications and their rules."""

from __future__ import annotations

from django.db import migrations, models

OPEN = (
    "received", "verifying", "registering", "dispatching", "handling", "suspended", "reviewing",
    "rechecking", "closing",
)  # fmt: skip
STATES = (
    ("received", "待受理"), ("verifying", "待核实"), ("registering", "待立案"), ("dispatching", "待派遣"),
    ("handling", "处置中"), ("suspended", "挂账中"), ("reviewing", "待审核"), ("rechecking", "待核查"),
    ("closing", "待结案"), ("closed", "已结案"), ("archived", "已归档"), ("rejected", "不予受理"),
    ("voided", "已作废"), ("merged", "已合并"), ("withdrawn", "已撤回"),
)  # fmt: skip
#: Indexes of open cases: name to columns.
INDEXES = {
    "cases_case_open": ["community", "state", "-created_at", "-id"],
    "cases_case_state": ["state", "-created_at", "-id"],
    "cases_case_place": ["lon", "lat"],
}


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_ladders")]

    operations = [
        *(migrations.RemoveIndex(model_name="case", name=name) for name in INDEXES),
        migrations.AlterField(
            model_name="case",
            name="state",
            field=models.CharField(choices=list(STATES), max_length=12, verbose_name="状态"),
        ),
        *(
            migrations.AddIndex(
                model_name="case",
                index=models.Index(fields=fields, name=name, condition=models.Q(state__in=OPEN)),
            )
            for name, fields in INDEXES.items()
        ),
    ]
