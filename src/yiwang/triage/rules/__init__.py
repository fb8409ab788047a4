"""Pure decisions of triage: arrays in, arrays out."""
