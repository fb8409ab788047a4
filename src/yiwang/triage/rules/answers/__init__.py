"""Answer check 答复检查: what strikes the eye in a unit's reply; warnings, never a judgement."""
