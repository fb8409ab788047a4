"""Addresses of triage's pages, under `triage/`."""

from __future__ import annotations

from django.urls import path

from .pages import answers, automatic, classing, issues, owning, placing, proposals, repeats

app_name = "triage"

urlpatterns = [
    path("cases/<uuid:case_id>/proposal/", proposals.panel, name="proposal_panel"),
    path("cases/<uuid:case_id>/proposal/follow/", proposals.follow, name="proposal_follow"),
    path("cases/<uuid:case_id>/proposal/undo/", proposals.undo, name="proposal_undo"),
    path("cases/<uuid:case_id>/proposal/again/", proposals.again, name="proposal_again"),
    path("look/", proposals.look, name="look"),
    path("rules/", automatic.rules, name="rules"),
    path("rules/<uuid:rule_id>/end/", automatic.end, name="rule_end"),
    path("classes/", classing.models, name="class_models"),
    path("classes/<str:scheme>/back/", classing.back, name="class_models_back"),
    path("classes/versions/<uuid:version_id>/", classing.version, name="class_model"),
    path("classes/versions/<uuid:version_id>/publish/", classing.publish, name="class_model_publish"),
    path("hot/", issues.issues, name="issues"),
    path("hot/reckon/", issues.reckon_now, name="reckon"),
    path("hot/<uuid:issue_id>/", issues.issue, name="issue"),
    path("hot/<uuid:issue_id>/name/", issues.rename, name="issue_rename"),
    path("hot/<uuid:issue_id>/answer/", issues.answer, name="issue_answer"),
    path("cases/<uuid:case_id>/issues/", issues.panel, name="issue_panel"),
    path("cases/<uuid:case_id>/answer/", answers.panel, name="answer_panel"),
    path("place/", placing.placing, name="placing"),
    path("place/names/", placing.names, name="place_names"),
    path("place/names/<uuid:name_id>/end/", placing.name_end, name="place_name_end"),
    path("drafts/<uuid:draft_id>/replays/", owning.draft_replays, name="draft_replays"),
    path("drafts/<uuid:draft_id>/replays/ask/", owning.replay_ask, name="replay_ask"),
    path("replays/<uuid:replay_id>/", owning.replay, name="replay"),
    path("precedents/", owning.precedents, name="precedents"),
    path("precedents/<uuid:precedent_id>/<slug:action>/", owning.precedent_act, name="precedent_act"),
    path("cases/<uuid:case_id>/process/", owning.steps_of_case, name="case_process"),
    path("cases/<uuid:case_id>/repeats/", repeats.panel, name="repeat_panel"),
    path("cases/<uuid:case_id>/repeats/<uuid:other_id>/merge/", repeats.merge, name="repeat_merge"),
    path(
        "cases/<uuid:case_id>/repeats/<uuid:other_id>/different/", repeats.different, name="repeat_different"
    ),
    path("clusters/", repeats.clusters, name="clusters"),
    path("repeat-rules/", repeats.rules, name="repeat_rules"),
    path("repeat-rules/<uuid:rule_id>/end/", repeats.rule_end, name="repeat_rule_end"),
]
