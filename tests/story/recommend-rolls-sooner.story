# A unit on the road rolls at once, a crew in the station needs a minute to the car.
after town.setup
00:00.000 open_incident words="大武口" by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=大武口
        > incident_described I1
00:01.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1 slot=65535
        > unit_ordered A1 at_ms=00:01.000 D3
        > 01:00.000 alert_raised W1 detector=ungraded level=orange I1 since_ms=00:00.000
        > 01:01.000 alert_raised W2 detector=unacknowledged level=orange I1 A1 U1 since_ms=00:01.000
        > 03:01.000 alert_raised W3 detector=turnout level=orange I1 A1 U1 since_ms=00:01.000
10:00.000 report_step A1 step=empty_run by D3
        > step_reached A1 step=empty_run at_ms=10:00.000 source=dispatcher
        > 10:00.000 alert_cleared W2 verdict=resolved
        > 10:00.000 alert_cleared W3 verdict=resolved
10:10.000 close_incident I1 outcome=empty_run by D3
        > incident_closed I1 outcome=empty_run at_ms=10:10.000
        > 10:10.000 alert_cleared W1 verdict=resolved
10:20.000 open_incident words="朝阳街" at=39.0150,106.3700 source=map by D3
        > incident_opened I2 at_ms=10:20.000 owner=D3
        > incident_placed I2 words=朝阳街 at=39.0150000,106.3700000 source=map
        > incident_described I2
10:21.000 propose incident=I2,I2 unit=U1,U2 eta_s=280,250 source=road,road age_s=2,2 by machine
        > recommended I2 slot_unit=U1 slot_eta_s=280 slot_why=rolls_sooner row_unit=U1,U2 row_eta_s=280,250 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=392,350 slot_over=U2 slot_term=rolls_sooner slot_term_s=45 slot_term2=farther slot_term2_s=30 slot_first_pct=55

# Back in the station it has no such advantage any more.
10:30.000 return_unit U1 by crew D20 of U1
        > unit_returned U1 at_ms=10:30.000
10:31.000 propose incident=I2,I2 unit=U1,U2 eta_s=290,250 source=road,road age_s=2,2 by machine
        > recommended I2 slot_unit=U2 slot_eta_s=250 slot_why=nearest_by_road row_unit=U2,U1 row_eta_s=250,290 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=350,406 slot_over=U1 slot_term=nearer slot_term_s=40 slot_term2=not_offered slot_term2_s=20 slot_first_pct=63
