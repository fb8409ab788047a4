"""Tests of the whole: borders, journeys and what spans several apps."""
