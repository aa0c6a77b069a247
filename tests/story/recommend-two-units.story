# One arrest, two places: the advanced unit for the first, the nearest for the second, each once.
cards on
after town.setup
00:00.000 open_incident card=chest-pain at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=chest-pain
00:01.000 answer_question I1 question=1 answer=no by D3
        > question_answered I1 question=1 answer=no cards_hash=demo
        > incident_graded I1 grade=1 determinant=universal.2-unconscious cards_hash=demo
        > response_planned I1 plan=life-threat slot_capabilities=2,1
00:02.000 propose incident=I1,I1,I1,I1 unit=U1,U2,U3,U4 eta_s=240,260,250,280 source=road,road,road,road age_s=2,2,2,2 by machine
        > recommended I1 slot_unit=U1,U3 slot_eta_s=240,250 slot_why=nearest_by_road,better_elsewhere row_unit=U1,U3,U2,U4 row_eta_s=240,250,260,280 row_source=road,road,road,road row_age_s=2,2,2,2 row_why=nearest_by_road,nearest_by_road,capability,capability row_eta_p90_s=336,350,364,392 slot_over=U3,U1 slot_term=nearer,farther slot_term_s=10,10 slot_term2=needed_elsewhere,not_needed slot_term2_s=10,10 slot_first_pct=100,40
00:05.000 order_unit I1 U1 eta_s=240 source=road by D3
        > unit_reserved A1 I1 U1 eta_s=240 source=road
        > unit_ordered A1 at_ms=00:05.000 D3
00:06.000 propose incident=I1,I1,I1,I1 unit=U1,U2,U3,U4 eta_s=239,260,250,280 source=road,road,road,road age_s=2,2,2,2 by machine
        > recommended I1 slot_unit=U3 slot_eta_s=250 slot_why=better_elsewhere row_unit=U3,U2,U4 row_eta_s=250,260,280 row_source=road,road,road row_age_s=2,2,2 row_why=nearest_by_road,nearest_by_road,nearest_by_road row_eta_p90_s=350,364,392 slot_over=U2 slot_term=offered slot_term_s=20 slot_term2=nearer slot_term2_s=10 slot_first_pct=40
00:08.000 order_unit I1 U3 eta_s=250 source=road by D3
        > unit_reserved A2 I1 U3 slot=1 eta_s=250 source=road
        > unit_ordered A2 at_ms=00:08.000 D3
00:09.000 propose incident=I1,I1,I1,I1 unit=U1,U2,U3,U4 eta_s=236,260,248,280 source=road,road,road,road age_s=2,2,2,2 by machine
        > recommended I1
