# Travel times wander; the offer stands until another is better by more than twenty seconds.
after town.setup
00:00.000 open_incident words="大武口" at=39.0150,106.3700 source=map by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=大武口 at=39.0150000,106.3700000 source=map
        > incident_described I1
00:01.000 propose incident=I1,I1 unit=U1,U2 eta_s=300,310 source=road,road age_s=2,2 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=300 slot_why=nearest_by_road row_unit=U1,U2 row_eta_s=300,310 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=420,434 slot_over=U2 slot_term=nearer slot_term_s=10 slot_first_pct=53
00:02.000 propose incident=I1,I1 unit=U1,U2 eta_s=305,298 source=road,road age_s=2,2 by machine
00:03.000 propose incident=I1,I1 unit=U1,U2 eta_s=310,291 source=road,road age_s=2,2 by machine
00:04.000 propose incident=I1,I1 unit=U1,U2 eta_s=316,291 source=road,road age_s=2,2 by machine
        > recommended I1 slot_unit=U2 slot_eta_s=291 slot_why=nearest_by_road row_unit=U2,U1 row_eta_s=291,316 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=407,442 slot_over=U1 slot_term=nearer slot_term_s=25 slot_term2=not_offered slot_term2_s=20 slot_first_pct=57
