"""Forms 表单 of whistles: one act each, one service call each."""
