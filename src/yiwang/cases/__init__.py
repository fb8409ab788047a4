"""Cases 案件: report (诉求), case (案件), task (任务) and the loop that joins them.

Root entities: Report, Case.
"""
