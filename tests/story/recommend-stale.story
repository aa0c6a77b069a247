# A position nobody has heard for five minutes is not trusted to be nearest.
after town.setup
00:00.000 open_incident words="大武口" at=39.0150,106.3700 source=map by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=大武口 at=39.0150000,106.3700000 source=map
        > incident_described I1
00:01.000 propose incident=I1,I1 unit=U1,U2 eta_s=240,300 source=road,road age_s=300,5 by machine
        > recommended I1 slot_unit=U2 slot_eta_s=300 slot_why=stale_position row_unit=U2,U1 row_eta_s=300,240 row_source=road,road row_age_s=5,300 row_why=nearest_by_road,stale_position row_eta_p90_s=420,336 slot_over=U1 slot_term=fresher slot_term_s=120 slot_term2=farther slot_term2_s=60 slot_first_pct=69
00:02.000 propose incident=I1,I1 unit=U1,U2 eta_s=100,300 source=road,road age_s=300,5 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=100 slot_why=nearest_by_road row_unit=U1,U2 row_eta_s=100,300 row_source=road,road row_age_s=300,5 row_why=stale_position,nearest_by_road row_eta_p90_s=140,420 slot_over=U2 slot_term=nearer slot_term_s=200 slot_term2=stale slot_term2_s=120 slot_first_pct=79
