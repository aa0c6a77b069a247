# Advice by telephone wants no unit: what was offered is taken back, and nothing rings for one.
cards on
after town.setup
00:00.000 open_incident card=fall-elderly at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=fall-elderly
00:01.000 propose incident=I1 unit=U1 eta_s=300 source=road age_s=2 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=300 slot_why=nearest_by_road row_unit=U1 row_eta_s=300 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=420 slot_first_pct=100
00:02.000 answer_question I1 question=1 answer=yes by D3
        > question_answered I1 question=1 answer=yes cards_hash=demo
00:03.000 answer_question I1 question=1201 answer=no by D3
        > question_answered I1 question=1201 answer=no cards_hash=demo
00:04.000 answer_question I1 question=1202 answer=no by D3
        > question_answered I1 question=1202 answer=no cards_hash=demo
00:05.000 answer_question I1 question=1204 answer=no by D3
        > question_answered I1 question=1204 answer=no cards_hash=demo
00:06.000 answer_question I1 question=1205 answer=no by D3
        > question_answered I1 question=1205 answer=no cards_hash=demo
00:07.000 answer_question I1 question=1206 answer=no by D3
        > question_answered I1 question=1206 answer=no cards_hash=demo
        > incident_graded I1 grade=5 determinant=fall-elderly.7-help-up cards_hash=demo
        > response_planned I1 plan=advice
00:08.000 propose incident=I1 unit=U1 eta_s=300 source=road age_s=2 by machine
        > recommended I1
05:00.000 wait

# A unit goes all the same and comes back: served, only the outcome is missing.
05:01.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1 slot=65535
        > unit_ordered A1 at_ms=05:01.000 D3
06:00.000 report_step A1 step=completed by D3
        > step_reached A1 step=completed at_ms=06:00.000 source=dispatcher
06:01.000 propose incident=I1 unit=U1 eta_s=300 source=road age_s=2 by machine
06:02.000 close_incident I1 outcome=advice by D3
        > incident_closed I1 outcome=advice at_ms=06:02.000
        > card_reviewed I1 required=1,1201,1202,1204,1205,1206
