# plan_match.c: Equal prices fall to the highest unit.
s/price\.unit_ms\);/price.unit_ms + (way_of(p, s, u) > 100 ? -u : 0));/
