"""研判分拨 (triage): what a report is about, where, whether it is known, whose it is, and why.

Root entity: Proposal 研判建议. Stages: class, place, repeat, owner; beside them hot issues and the check of
answers. Every stage takes many reports at once and gives reasons; it proposes, and acts by itself only where
a city switched that on, above a threshold, and reversibly.
"""
