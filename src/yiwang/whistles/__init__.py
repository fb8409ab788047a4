"""吹哨报到 (whistles): the street blows, the departments report on the spot; communities and firms blow too.

Root entity: Whistle 哨. Kinds, matters, scales and schedules are data; each unit asked to report has a task
with its own clocks; the whistler rates whoever came.
"""
