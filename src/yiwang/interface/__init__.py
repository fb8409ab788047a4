"""Interface 界面构件: page frame, components, panel registry, keyset paging, problem+json.

It owns no business row, and so no root entity.
"""
