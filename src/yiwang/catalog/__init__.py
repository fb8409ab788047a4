"""Catalog 事项: classification schemes, registering conditions with their limits, responsibility lists.

Root entities: `Scheme` 分类体系, `ResponsibilityRow` 权责清单行, `LimitQuarantine` 时限隔离.
A scheme is data, dated, and an old case is always explained by the rows of its day.
"""
