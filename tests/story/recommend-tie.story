# Equal in everything: the lowest incident gets the lowest unit, in whatever order the times came.
after town.setup
00:00.000 open_incident words="大武口" at=39.0150,106.3700 source=map by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=大武口 at=39.0150000,106.3700000 source=map
        > incident_described I1
00:00.000 open_incident words="朝阳街" at=39.0150,106.3700 source=map by D3
        > incident_opened I2 at_ms=00:00.000 owner=D3
        > incident_placed I2 words=朝阳街 at=39.0150000,106.3700000 source=map
        > incident_described I2
00:01.000 propose incident=I2,I2,I1,I1 unit=U2,U1,U2,U1 eta_s=300,300,300,300 source=road,road,road,road age_s=2,2,2,2 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=300 slot_why=nearest_by_road row_unit=U1,U2 row_eta_s=300,300 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=420,420 slot_over=U2 slot_first_pct=50
        > recommended I2 slot_unit=U2 slot_eta_s=300 slot_why=nearest_by_road row_unit=U1,U2 row_eta_s=300,300 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=420,420 slot_over=U1 slot_first_pct=50
