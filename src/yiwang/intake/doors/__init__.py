"""Doors 对接方式: how messages come in and go out, one module or package each.

A door turns what it gets into message bodies and hands them to `services.receiving.receive_raw`; it makes no
report by itself. It registers the check of its settings (`rules.door_settings`), what it runs in the intake
process (`running`), and how its contract is tested (`contract`).
"""
