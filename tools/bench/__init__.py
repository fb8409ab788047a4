"""`make bench`: measure what the product promises, a line of JSON a figure, into `build/bench.jsonl`.

Each line is `{"name", "size", "value", "unit", "baseline", "ratio", "command"}`. A ratio compares with a
baseline measured in the same run on the same machine; absolute figures say only what this machine did.
"""
