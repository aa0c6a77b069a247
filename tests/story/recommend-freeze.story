# A unit that is about to arrive is not turned round, not even for an arrest next door: the one behind
# it is offered, and the list says why, and how much sooner the other would have been.
cards on
after town.setup
00:00.000 open_incident card=trauma words="手指划伤" at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=手指划伤 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=trauma
00:01.000 regrade_incident I1 grade=4 reason=clinical by D3
        > incident_regraded I1 grade=4 reason=clinical
        > response_planned I1 plan=minor slot_capabilities=1
00:02.000 order_unit I1 U1 eta_s=300 source=road by D3
        > unit_reserved A1 I1 U1 eta_s=300 source=road
        > unit_ordered A1 at_ms=00:02.000 D3
00:30.000 report_step A1 step=departed by crew D20 of U1
        > step_reached A1 step=departed at_ms=00:30.000 source=crew
04:10.000 open_incident card=chest-pain at=39.0160,106.3800 source=map zone=Z1 by D4
        > incident_opened I2 at_ms=04:10.000 owner=D4
        > incident_placed I2 at=39.0160000,106.3800000 source=map zone=Z1
        > incident_described I2 card=chest-pain
04:11.000 answer_question I2 question=1 answer=no by D4
        > question_answered I2 question=1 answer=no cards_hash=demo
        > incident_graded I2 grade=1 determinant=universal.2-unconscious cards_hash=demo
        > response_planned I2 plan=life-threat slot_capabilities=2,1
04:12.000 propose incident=I1,I1,I2,I2 unit=U1,U3,U1,U3 eta_s=90,900,60,700 source=road,road,road,road age_s=2,2,2,2 by machine
        > recommended I2 slot_unit=U3,- slot_eta_s=700,0 slot_why=almost_there,better_elsewhere row_unit=U3 row_eta_s=700 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=980 slot_over=U1,U1 slot_term=frozen,frozen slot_term_s=1045,0 slot_term2=needed_elsewhere,farther slot_term2_s=34880,60 slot_first_pct=100,0

# A second more to go, and it may be turned.
04:13.000 propose incident=I1,I1,I2,I2 unit=U1,U3,U1,U3 eta_s=91,900,60,700 source=road,road,road,road age_s=2,2,2,2 by machine
        > recommended I2 slot_unit=U1,U3 slot_eta_s=60,700 slot_why=nearest_by_road,better_elsewhere row_unit=U1,U3 row_eta_s=60,700 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=84,980 slot_from=I1,- slot_costs_s=36000,0 slot_over=U3,U1 slot_term=needed_elsewhere,not_needed slot_term_s=1025,1025 slot_term2=nearer,farther slot_term2_s=640,640 slot_first_pct=100,100 row_from=I1,-
        > 05:40.000 alert_raised W1 detector=unassigned level=red I2 since_ms=04:10.000

# The last quarter of a long way is left alone as well.
06:30.000 propose incident=I1,I1,I2,I2 unit=U1,U3,U1,U3 eta_s=100,900,60,700 source=road,road,road,road age_s=2,2,2,2 by machine
        > recommended I2 slot_unit=U3,- slot_eta_s=700,0 slot_why=almost_there,better_elsewhere row_unit=U3 row_eta_s=700 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=980 slot_over=U1,U1 slot_term=frozen,frozen slot_term_s=1045,0 slot_term2=needed_elsewhere,farther slot_term2_s=34900,60 slot_first_pct=100,0

# The machine proposes nothing of the kind; a person may still order it.
06:31.000 order_unit I2 U1 by D4
        > refused unit_busy
06:32.000 divert_unit I2 U1 reason=more_urgent by D4
        > step_reached A1 step=diverted at_ms=06:32.000 source=dispatcher reason=more_urgent
        > unit_reserved A2 I2 U1 override reason=more_urgent
        > unit_ordered A2 at_ms=06:32.000 D4
