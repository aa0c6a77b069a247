# The nearest by road is offered, not the nearest as the crow flies.
cards on
after town.setup
00:00.000 open_incident words="还不知道在哪里" by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=还不知道在哪里
        > incident_described I1
00:01.000 propose by machine
        > recommended I1 slot_unit=- slot_eta_s=0 slot_why=no_place
00:02.000 place_incident I1 at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_placed I1 words=还不知道在哪里 at=39.0150000,106.3700000 source=map zone=Z1
00:03.000 propose incident=I1,I1,I1 unit=U1,U2,U3 eta_s=410,300,900 source=road,road,crow age_s=3,5,4 by machine
        > recommended I1 slot_unit=U2 slot_eta_s=300 slot_why=nearest_by_road row_unit=U2,U1,U3 row_eta_s=300,410,900 row_source=road,road,crow row_age_s=5,3,4 row_why=nearest_by_road,nearest_by_road,nearest_by_crow row_eta_p90_s=420,574,1800 slot_over=U1 slot_term=nearer slot_term_s=110 slot_first_pct=61
00:04.000 propose incident=I1,I1 unit=U1,U2 eta_s=260,260 source=road,road age_s=3,5 by machine
        > recommended I1 slot_unit=U2 slot_eta_s=260 slot_why=nearest_by_road row_unit=U2,U1 row_eta_s=260,260 row_source=road,road row_age_s=5,3 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=364,364 slot_over=U1 slot_term=offered slot_term_s=20 slot_first_pct=50
        > 01:00.000 alert_raised W1 detector=ungraded level=orange I1 since_ms=00:00.000

# The road answer is missing: as the crow flies, and it says so.
01:00.000 open_incident words="沙漠里" at=39.9,106.0 source=caller by D3
        > incident_opened I2 at_ms=01:00.000 owner=D3
        > incident_placed I2 words=沙漠里 at=39.9000000,106.0000000 source=caller
        > incident_described I2
01:01.000 propose incident=I2,I1 unit=U4,U1 eta_s=1500,260 source=crow,road age_s=9,3 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=260 slot_why=nearest_by_road row_unit=U1 row_eta_s=260 row_source=road row_age_s=3 row_why=nearest_by_road row_eta_p90_s=364 slot_first_pct=100
        > recommended I2 slot_unit=U4 slot_eta_s=1500 slot_why=nearest_by_crow row_unit=U4 row_eta_s=1500 row_source=crow row_age_s=9 row_why=nearest_by_crow row_eta_p90_s=3000 slot_first_pct=100
        > 01:30.000 alert_raised W2 detector=unassigned level=red I1 since_ms=00:00.000

# Equally near: the lowest number, in whatever order the times came.
01:30.000 close_incident I1 outcome=cancelled by D3
        > incident_closed I1 outcome=cancelled at_ms=01:30.000
        > card_reviewed I1 required=1
        > 01:30.000 alert_cleared W1 verdict=resolved
        > 01:30.000 alert_cleared W2 verdict=resolved
01:31.000 close_incident I2 outcome=cancelled by D3
        > incident_closed I2 outcome=cancelled at_ms=01:31.000
        > card_reviewed I2 required=1
01:32.000 open_incident words="朝阳街" at=39.0150,106.3700 source=map by D3
        > incident_opened I3 at_ms=01:32.000 owner=D3
        > incident_placed I3 words=朝阳街 at=39.0150000,106.3700000 source=map
        > incident_described I3
01:33.000 propose incident=I3,I3,I3 unit=U3,U2,U1 eta_s=500,500,500 source=road,road,road age_s=3,5,4 by machine
        > recommended I3 slot_unit=U1 slot_eta_s=500 slot_why=nearest_by_road row_unit=U1,U2,U3 row_eta_s=500,500,500 row_source=road,road,road row_age_s=4,5,3 row_why=nearest_by_road,nearest_by_road,nearest_by_road row_eta_p90_s=700,700,700 slot_over=U2 slot_first_pct=33
