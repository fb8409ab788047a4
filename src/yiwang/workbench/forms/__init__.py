"""Forms 表单: what people fill in, translated into one service call each; the services decide."""
