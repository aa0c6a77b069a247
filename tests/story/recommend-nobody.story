# Travel times came back for a unit that has gone to its meal: nobody is offered, and nobody listed.
cards on
after town.setup
00:00.000 open_incident card=chest-pain at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=chest-pain
00:00.500 propose incident=I1,I1 unit=U1,U2 eta_s=180,300 source=road,road age_s=2,2 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=180 slot_why=nearest_by_road row_unit=U1,U2 row_eta_s=180,300 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=252,420 slot_over=U2 slot_term=nearer slot_term_s=120 slot_first_pct=87
00:01.000 set_duty U1 duty=meal by crew D20 of U1
        > duty_set U1 duty=meal crew=3
00:02.000 propose incident=I1 unit=U1 eta_s=120 source=road age_s=2 by machine
        > recommended I1 slot_unit=- slot_eta_s=0 slot_why=none_in_reach
