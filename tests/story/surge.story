# Few units are free: the less urgent wait, so that somebody is left for the urgent ones; when units
# come home they are offered again. Level 1 under 60 % holds grade 4, level 2 under 30 % grade 3 too.
policy surge.line_1_pct=60 surge.line_2_pct=30 surge.hold_1=4 surge.hold_2=3 surge.margin_pct=20 surge.units_min=3
cards on
after town.setup
00:00.000 open_incident at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1
00:00.100 regrade_incident I1 grade=1 reason=clinical by supervisor D9
        > incident_regraded I1 grade=1 reason=clinical
        > response_planned I1 plan=life-threat slot_capabilities=2,1
00:00.200 open_incident at=39.0250,106.3800 source=map zone=Z1 by D3
        > incident_opened I2 at_ms=00:00.200 owner=D3
        > incident_placed I2 at=39.0250000,106.3800000 source=map zone=Z1
        > incident_described I2
00:00.300 regrade_incident I2 grade=4 reason=clinical by supervisor D9
        > incident_regraded I2 grade=4 reason=clinical
        > response_planned I2 plan=minor slot_capabilities=1
00:00.400 open_incident at=39.0150,106.3800 source=map zone=Z1 by D3
        > incident_opened I3 at_ms=00:00.400 owner=D3
        > incident_placed I3 at=39.0150000,106.3800000 source=map zone=Z1
        > incident_described I3
00:00.500 regrade_incident I3 grade=3 reason=clinical by supervisor D9
        > incident_regraded I3 grade=3 reason=clinical
        > response_planned I3 plan=urgent slot_capabilities=1

# Two of four are free: that is under the line of 60 %.
00:01.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1
        > unit_ordered A1 at_ms=00:01.000 D3
00:01.100 order_unit I1 U2 by D3
        > unit_reserved A2 I1 U2 slot=1
        > unit_ordered A2 at_ms=00:01.100 D3
        > 00:01.100 surge_changed level=1 free_units=2 on_duty=4 line_pct=60 held_grade=4
00:02.000 propose incident=I2,I2,I3,I3 unit=U3,U4,U3,U4 eta_s=300,400,320,410 source=road,road,road,road age_s=1,1,1,1 by machine
        > recommended I2 slot_unit=- slot_eta_s=0 slot_why=held_for_surge row_unit=U3,U4 row_eta_s=300,400 row_source=road,road row_age_s=1,1 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=420,560
        > recommended I3 slot_unit=U3 slot_eta_s=320 slot_why=nearest_by_road row_unit=U3,U4 row_eta_s=320,410 row_source=road,road row_age_s=1,1 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=448,574 slot_over=U4 slot_term=nearer slot_term_s=90 slot_first_pct=71

# The dispatcher orders all the same; now one of four is free, and grade 3 waits as well.
00:03.000 order_unit I2 U3 by D3
        > unit_reserved A3 I2 U3 override
        > unit_ordered A3 at_ms=00:03.000 D3
        > 00:03.000 surge_changed level=2 was=1 free_units=1 on_duty=4 line_pct=30 held_grade=3
00:04.000 propose incident=I3 unit=U4 eta_s=410 source=road age_s=1 by machine
        > recommended I2
        > recommended I3 slot_unit=- slot_eta_s=0 slot_why=held_for_surge row_unit=U4 row_eta_s=410 row_source=road row_age_s=1 row_why=nearest_by_road row_eta_p90_s=574

# A new one is planned for by the level in force.
00:05.000 open_incident at=39.0150,106.3800 source=map zone=Z3 by D3
        > incident_opened I4 at_ms=00:05.000 owner=D3
        > incident_placed I4 at=39.0150000,106.3800000 source=map zone=Z3
        > incident_described I4
00:05.100 regrade_incident I4 grade=1 reason=clinical by supervisor D9
        > incident_regraded I4 grade=1 reason=clinical
        > response_planned I4 plan=works-or-mine-severe slot_capabilities=2,1
00:06.000 propose incident=I3,I4 unit=U4,U4 eta_s=410,500 source=road,road age_s=1,1 by machine
        > recommended I4 slot_unit=-,U4 slot_eta_s=0,500 slot_why=none_capable,nearest_by_road row_unit=U4 row_eta_s=500 row_source=road row_age_s=1 row_why=capability row_eta_p90_s=700 slot_first_pct=0,100

# One more comes home: half are free, which is over the line of 30 % and its margin, under that of 60 %.
00:30.000 cancel_assignment A3 reason=caller_cancelled by D3
        > step_reached A3 step=cancelled at_ms=00:30.000 source=dispatcher reason=caller_cancelled
        > 00:30.000 surge_changed level=1 was=2 free_units=2 on_duty=4 line_pct=30 held_grade=4
00:31.000 propose incident=I3,I2 unit=U3,U4 eta_s=410,300 source=road,road age_s=1,1 by machine
        > recommended I2 slot_unit=- slot_eta_s=0 slot_why=held_for_surge row_unit=U4 row_eta_s=300 row_source=road row_age_s=1 row_why=nearest_by_road row_eta_p90_s=420
        > recommended I3 slot_unit=U3 slot_eta_s=410 slot_why=nearest_by_road row_unit=U3 row_eta_s=410 row_source=road row_age_s=1 row_why=nearest_by_road row_eta_p90_s=574 slot_first_pct=100
        > recommended I4 slot_unit=-,- slot_eta_s=0,0 slot_why=none_in_reach,none_in_reach
        > 01:01.000 alert_raised W1 detector=unacknowledged level=orange I1 A1 U1 since_ms=00:01.000
        > 01:01.100 alert_raised W2 detector=unacknowledged level=orange I1 A2 U2 since_ms=00:01.100
        > 01:30.400 alert_raised W3 detector=unassigned level=red I3 since_ms=00:00.400
        > 01:35.000 alert_raised W4 detector=unassigned level=red I4 since_ms=00:05.000
        > 02:00.000 alert_raised W5 detector=unassigned level=red I2 since_ms=00:30.000
        > 03:01.000 alert_raised W6 detector=turnout level=orange I1 A1 U1 since_ms=00:01.000
        > 03:01.100 alert_raised W7 detector=turnout level=orange I1 A2 U2 since_ms=00:01.100

# Nobody waits for ever: after an hour I2 is offered a unit whatever the level.
60:01.000 propose incident=I2,I3 unit=U4,U3 eta_s=300,410 source=road,road age_s=1,1 by machine
        > recommended I2 slot_unit=U4 slot_eta_s=300 slot_why=nearest_by_road row_unit=U4 row_eta_s=300 row_source=road row_age_s=1 row_why=nearest_by_road row_eta_p90_s=420 slot_first_pct=100

# All home: the ordinary day.
60:02.000 cancel_assignment A1 reason=caller_cancelled by D3
        > step_reached A1 step=cancelled at_ms=1:00:02.000 source=dispatcher reason=caller_cancelled
        > 1:00:02.000 alert_cleared W1 verdict=resolved
        > 1:00:02.000 alert_cleared W6 verdict=resolved
60:03.000 cancel_assignment A2 reason=caller_cancelled by D3
        > step_reached A2 step=cancelled at_ms=1:00:03.000 source=dispatcher reason=caller_cancelled
        > 1:00:03.000 alert_cleared W2 verdict=resolved
        > 1:00:03.000 alert_cleared W7 verdict=resolved
        > 1:00:03.000 surge_changed was=1 free_units=4 on_duty=4 line_pct=60
60:04.000 propose incident=I3,I2 unit=U3,U4 eta_s=410,300 source=road,road age_s=1,1 by machine
        > recommended I1 slot_unit=-,- slot_eta_s=0,0 slot_why=none_in_reach,none_in_reach
