# plan_match.c: Equal prices fall to the highest unit.
s/price\.unit_ms = says->unit_ms;/price.unit_ms = says->unit_ms + (way_ms > 100 ? -u : 0);/
