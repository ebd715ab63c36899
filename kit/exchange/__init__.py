"""The hospital's record in: extracts read whole, mapped to events, each leaf accounted for."""
