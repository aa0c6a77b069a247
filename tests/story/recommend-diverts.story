# A unit on its way to a cut finger is offered to an arrest that it reaches much sooner; accepting the
# offer turns it round, and the finger gets the next one.
cards on
policy deadline.unassigned_s=0
after town.setup
00:00.000 open_incident card=trauma words="手指划伤" at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=手指划伤 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=trauma
00:01.000 regrade_incident I1 grade=3 reason=clinical by D3
        > incident_regraded I1 grade=3 reason=clinical
        > response_planned I1 plan=urgent slot_capabilities=1
00:02.000 propose incident=I1,I1,I1 unit=U1,U3,U4 eta_s=500,900,950 source=road,road,road age_s=2,2,2 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=500 slot_why=nearest_by_road row_unit=U1,U3,U4 row_eta_s=500,900,950 row_source=road,road,road row_age_s=2,2,2 row_why=nearest_by_road,nearest_by_road,nearest_by_road row_eta_p90_s=700,1260,1330 slot_over=U3 slot_term=nearer slot_term_s=400 slot_first_pct=82
00:03.000 order_unit I1 U1 eta_s=500 source=road by D3
        > unit_reserved A1 I1 U1 eta_s=500 source=road
        > unit_ordered A1 at_ms=00:03.000 D3
00:20.000 report_step A1 step=departed by crew D20 of U1
        > step_reached A1 step=departed at_ms=00:20.000 source=crew
00:40.000 open_incident card=chest-pain at=39.0160,106.3800 source=map zone=Z1 by D4
        > incident_opened I2 at_ms=00:40.000 owner=D4
        > incident_placed I2 at=39.0160000,106.3800000 source=map zone=Z1
        > incident_described I2 card=chest-pain
00:41.000 regrade_incident I2 grade=2 reason=clinical by D4
        > incident_regraded I2 grade=2 reason=clinical
        > response_planned I2 plan=emergency slot_capabilities=1

# What it costs elsewhere stands beside it: so much later the finger is reached.
00:42.000 propose incident=I1,I1,I1,I2,I2,I2 unit=U1,U3,U4,U1,U3,U4 eta_s=478,900,950,180,800,960 source=road,road,road,road,road,road age_s=2,2,2,2,2,2 by machine
        > recommended I1 slot_unit=U3 slot_eta_s=900 slot_why=nearest_by_road row_unit=U3,U4 row_eta_s=900,950 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=1260,1330 slot_held=U1 slot_over=U1 slot_term=not_needed slot_term_s=782 slot_term2=farther slot_term2_s=422 slot_first_pct=55
        > recommended I2 slot_unit=U1 slot_eta_s=180 slot_why=nearest_by_road row_unit=U1,U3,U4 row_eta_s=180,800,960 row_source=road,road,road row_age_s=2,2,2 row_why=nearest_by_road,nearest_by_road,nearest_by_road row_eta_p90_s=252,1120,1344 slot_from=I1 slot_costs_s=482 slot_over=U3 slot_term=nearer slot_term_s=620 slot_term2=needed_elsewhere slot_term2_s=521 slot_first_pct=99 row_from=I1,-,-
00:50.000 order_unit I2 U1 eta_s=180 source=road by D4
        > step_reached A1 step=diverted at_ms=00:50.000 source=dispatcher reason=more_urgent
        > unit_reserved A2 I2 U1 eta_s=180 source=road
        > unit_ordered A2 at_ms=00:50.000 D4
00:51.000 propose incident=I1,I1,I2 unit=U3,U4,U1 eta_s=900,950,172 source=road,road,road age_s=2,2,2 by machine
        > recommended I1 slot_unit=U3 slot_eta_s=900 slot_why=nearest_by_road row_unit=U3,U4 row_eta_s=900,950 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=1260,1330 slot_over=U4 slot_term=nearer slot_term_s=50 slot_term2=offered slot_term2_s=20 slot_first_pct=55
        > recommended I2
00:55.000 order_unit I1 U3 eta_s=900 source=road by D3
        > unit_reserved A3 I1 U3 eta_s=900 source=road
        > unit_ordered A3 at_ms=00:55.000 D3
01:00.000 propose incident=I1,I2 unit=U3,U1 eta_s=890,162 source=road,road age_s=2,2 by machine
        > recommended I1

# Within ten minutes the finger does not lose a unit a second time, however near that one is.
01:30.000 open_incident card=chest-pain at=39.1160,106.5800 source=map zone=Z1 by D5
        > incident_opened I3 at_ms=01:30.000 owner=D5
        > incident_placed I3 at=39.1160000,106.5800000 source=map zone=Z1
        > incident_described I3 card=chest-pain
01:31.000 regrade_incident I3 grade=2 reason=clinical by D5
        > incident_regraded I3 grade=2 reason=clinical
        > response_planned I3 plan=emergency slot_capabilities=1
01:32.000 propose incident=I1,I1,I3,I3 unit=U3,U4,U3,U4 eta_s=860,1000,120,700 source=road,road,road,road age_s=2,2,2,2 by machine
        > recommended I3 slot_unit=U4 slot_eta_s=700 slot_why=just_diverted row_unit=U4 row_eta_s=700 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=980 slot_over=U3 slot_term=paused slot_term_s=625 slot_term2=farther slot_term2_s=580 slot_first_pct=100
