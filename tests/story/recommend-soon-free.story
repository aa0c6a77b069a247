# A crew that is handing over two streets away is sooner there than a free one from the next town.
# Accepting it reserves it: the order goes out by itself when it is free.
cards on
policy deadline.unassigned_s=0 recommend.learned_calls=1
after town.setup
00:00.000 open_incident card=trauma words="骑车摔伤" at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=骑车摔伤 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=trauma
00:01.000 regrade_incident I1 grade=3 reason=clinical by D3
        > incident_regraded I1 grade=3 reason=clinical
        > response_planned I1 plan=urgent slot_capabilities=1
00:02.000 order_unit I1 U2 eta_s=300 source=road by D3
        > unit_reserved A1 I1 U2 eta_s=300 source=road
        > unit_ordered A1 at_ms=00:02.000 D3
00:30.000 report_step A1 step=departed by crew D20 of U2
        > step_reached A1 step=departed at_ms=00:30.000 source=crew
05:30.000 report_step A1 step=at_scene by crew D20 of U2
        > step_reached A1 step=at_scene at_ms=05:30.000 source=crew
15:30.000 report_step A1 step=left_scene by crew D20 of U2
        > step_reached A1 step=left_scene at_ms=15:30.000 source=crew
15:31.000 redirect_unit A1 H1 by D3
        > hospital_chosen A1 H1
20:30.000 report_step A1 step=at_hospital by crew D20 of U2
        > step_reached A1 step=at_hospital at_ms=20:30.000 source=crew
26:00.000 open_incident card=trauma words="扭伤" at=39.0160,106.3800 source=map zone=Z1 by D4
        > incident_opened I2 at_ms=26:00.000 owner=D4
        > incident_placed I2 words=扭伤 at=39.0160000,106.3800000 source=map zone=Z1
        > incident_described I2 card=trauma
26:01.000 regrade_incident I2 grade=3 reason=clinical by D4
        > incident_regraded I2 grade=3 reason=clinical
        > response_planned I2 plan=urgent slot_capabilities=1
26:02.000 propose incident=I2,I2 unit=U2,U3 eta_s=120,1500 source=road,road age_s=0,2 by machine
        > recommended I2 slot_unit=U2 slot_eta_s=120 slot_why=nearest_by_road row_unit=U2,U3 row_eta_s=120,1500 row_source=road,road row_age_s=0,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=153,1923 slot_free_s=451 slot_over=U3 slot_term=nearer slot_term_s=1380 slot_term2=free_later slot_term2_s=451 slot_first_pct=98 row_free_s=451,0
26:10.000 order_unit I2 U2 eta_s=120 source=road by D4
        > unit_reserved A2 I2 U2 eta_s=120 source=road

# A free one comes near after all: it is offered in its place.
27:00.000 propose incident=I2,I2 unit=U2,U3 eta_s=120,200 source=road,road age_s=0,2 by machine
        > recommended I2 slot_unit=U3 slot_eta_s=200 slot_why=nearest_by_road row_unit=U3 row_eta_s=200 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=256 slot_held=U2 slot_over=U2 slot_term=free_sooner slot_term_s=440 slot_term2=change slot_term2_s=300 slot_first_pct=100
27:10.000 order_unit I2 U3 eta_s=200 source=road seen_seq=29 by D4
        > step_reached A2 step=cancelled at_ms=27:10.000 source=dispatcher reason=better_unit
        > unit_reserved A3 I2 U3 eta_s=200 source=road seen_seq=29
        > unit_ordered A3 at_ms=27:10.000 D4
        > 28:10.000 alert_raised W1 detector=unacknowledged level=orange I2 A3 U3 since_ms=27:10.000
        > 30:10.000 alert_raised W2 detector=turnout level=orange I2 A3 U3 since_ms=27:10.000
30:30.000 report_step A1 step=completed by crew D20 of U2
        > step_reached A1 step=completed at_ms=30:30.000 source=crew

# Its handover took ten minutes. The next one there is expected to take nearly as long, and no longer
# the nine of the policy, which here counts for one call.
31:00.000 open_incident card=trauma words="跌倒" at=39.0160,106.3800 source=map zone=Z1 by D4
        > incident_opened I3 at_ms=31:00.000 owner=D4
        > incident_placed I3 words=跌倒 at=39.0160000,106.3800000 source=map zone=Z1
        > incident_described I3 card=trauma
31:01.000 regrade_incident I3 grade=3 reason=clinical by D4
        > incident_regraded I3 grade=3 reason=clinical
        > response_planned I3 plan=urgent slot_capabilities=1
31:02.000 order_unit I3 U2 eta_s=100 source=road by D4
        > unit_reserved A4 I3 U2 eta_s=100 source=road
        > unit_ordered A4 at_ms=31:02.000 D4
31:10.000 report_step A4 step=departed by crew D20 of U2
        > step_reached A4 step=departed at_ms=31:10.000 source=crew
33:30.000 report_step A4 step=at_scene by crew D20 of U2
        > step_reached A4 step=at_scene at_ms=33:30.000 source=crew
43:30.000 report_step A4 step=left_scene by crew D20 of U2
        > step_reached A4 step=left_scene at_ms=43:30.000 source=crew
43:31.000 redirect_unit A4 H1 by D4
        > hospital_chosen A4 H1
48:30.000 report_step A4 step=at_hospital by crew D20 of U2
        > step_reached A4 step=at_hospital at_ms=48:30.000 source=crew
48:30.000 open_incident card=trauma words="脚扭伤" at=39.0160,106.3800 source=map zone=Z1 by D4
        > incident_opened I4 at_ms=48:30.000 owner=D4
        > incident_placed I4 words=脚扭伤 at=39.0160000,106.3800000 source=map zone=Z1
        > incident_described I4 card=trauma
48:30.000 regrade_incident I4 grade=3 reason=clinical by D4
        > incident_regraded I4 grade=3 reason=clinical
        > response_planned I4 plan=urgent slot_capabilities=1
48:30.000 propose incident=I4,I4 unit=U2,U4 eta_s=120,1500 source=road,road age_s=0,2 by machine
        > recommended I2
        > recommended I4 slot_unit=U2 slot_eta_s=120 slot_why=nearest_by_road row_unit=U2,U4 row_eta_s=120,1500 row_source=road,road row_age_s=0,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=176,2202 slot_free_s=645 slot_over=U4 slot_term=nearer slot_term_s=1380 slot_term2=free_later slot_term2_s=645 slot_first_pct=93 row_free_s=645,0
