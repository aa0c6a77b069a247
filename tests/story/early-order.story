# The caller knows the street and no more: a unit is offered and goes on that, ungraded; the house follows.
cards on
after town.setup
00:00.000 ring_call number=13900000001 line=120-1 by machine
        > call_rang C1 number=13900000001 line=120-1 at_ms=00:00.000
00:04.000 answer_call C1 by D3
        > call_answered C1 D3 at_ms=00:04.000
00:09.000 open_incident C1 words="朝阳街上,不知道几号" at=39.0150,106.3700 source=caller by D3
        > incident_opened I1 C1 at_ms=00:09.000 owner=D3
        > incident_placed I1 words=朝阳街上,不知道几号 at=39.0150000,106.3700000 source=caller
        > incident_described I1
00:10.000 propose incident=I1,I1 unit=U1,U2 eta_s=410,300 source=road,road age_s=3,5 by machine
        > recommended I1 slot_unit=U2 slot_eta_s=300 slot_why=nearest_by_road row_unit=U2,U1 row_eta_s=300,410 row_source=road,road row_age_s=5,3 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=420,574 slot_over=U1 slot_term=nearer slot_term_s=110 slot_first_pct=76
00:12.000 order_unit I1 U2 eta_s=300 source=road by D3
        > unit_reserved A1 I1 U2 slot=65535 eta_s=300 source=road
        > unit_ordered A1 at_ms=00:12.000 D3
00:30.000 place_incident I1 words="朝阳街 12 号,药店旁" at=39.0162,106.3721 source=map by D3
        > incident_placed I1 words="朝阳街 12 号,药店旁" at=39.0162000,106.3721000 source=map
00:50.000 regrade_incident I1 grade=1 reason=clinical by D3
        > incident_regraded I1 grade=1 reason=clinical
        > response_planned I1 plan=life-threat slot_capabilities=2,1

# Nobody can say where: words alone are enough to send somebody towards them.
01:00.000 open_incident words="河边的公园里" by D3
        > incident_opened I2 at_ms=01:00.000 owner=D3
        > incident_placed I2 words=河边的公园里
        > incident_described I2
01:02.000 order_unit I2 U1 by D3
        > unit_reserved A2 I2 U1 slot=65535
        > unit_ordered A2 at_ms=01:02.000 D3
        > 01:12.000 alert_raised W1 detector=unacknowledged level=orange I1 A1 U2 since_ms=00:12.000
        > 02:00.000 alert_raised W2 detector=ungraded level=orange I2 since_ms=01:00.000

# Nobody is sent all the same: that rings, twice.
02:00.000 open_incident words="说不清" by D3
        > incident_opened I3 at_ms=02:00.000 owner=D3
        > incident_placed I3 words=说不清
        > incident_described I3
        > 02:02.000 alert_raised W3 detector=unacknowledged level=orange I2 A2 U1 since_ms=01:02.000
        > 03:00.000 alert_raised W4 detector=ungraded level=orange I3 since_ms=02:00.000
        > 03:12.000 alert_raised W5 detector=turnout level=orange I1 A1 U2 since_ms=00:12.000
        > 03:30.000 alert_raised W6 detector=unassigned level=red I3 since_ms=02:00.000
        > 04:02.000 alert_raised W7 detector=turnout level=orange I2 A2 U1 since_ms=01:02.000
08:00.000 wait
