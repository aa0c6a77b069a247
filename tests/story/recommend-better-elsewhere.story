# Two incidents, one near unit: the more urgent gets it, the other is told so.
cards on
after town.setup
00:00.000 open_incident card=trauma words="手指划伤" at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=手指划伤 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=trauma
00:01.000 regrade_incident I1 grade=4 reason=clinical by D3
        > incident_regraded I1 grade=4 reason=clinical
        > response_planned I1 plan=minor slot_capabilities=1
00:02.000 propose incident=I1,I1 unit=U1,U2 eta_s=120,700 source=road,road age_s=2,2 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=120 slot_why=nearest_by_road row_unit=U1,U2 row_eta_s=120,700 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=168,980 slot_over=U2 slot_term=nearer slot_term_s=580 slot_first_pct=100
00:10.000 open_incident card=chest-pain at=39.0160,106.3700 source=map zone=Z1 by D4
        > incident_opened I2 at_ms=00:10.000 owner=D4
        > incident_placed I2 at=39.0160000,106.3700000 source=map zone=Z1
        > incident_described I2 card=chest-pain
00:11.000 answer_question I2 question=1 answer=unknown by D4
        > question_answered I2 question=1 answer=unknown cards_hash=demo
        > incident_graded I2 grade=2 determinant=universal.4-consciousness-unknown provisional cards_hash=demo
        > response_planned I2 plan=emergency slot_capabilities=1
00:12.000 propose incident=I1,I1,I2,I2 unit=U1,U2,U1,U2 eta_s=120,700,100,760 source=road,road,road,road age_s=2,2,2,2 by machine
        > recommended I1 slot_unit=U2 slot_eta_s=700 slot_why=better_elsewhere row_unit=U1,U2 row_eta_s=120,700 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=168,980 slot_over=U1 slot_term=not_needed slot_term_s=600 slot_term2=farther slot_term2_s=580
        > recommended I2 slot_unit=U1 slot_eta_s=100 slot_why=nearest_by_road row_unit=U1,U2 row_eta_s=100,760 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=140,1064 slot_over=U2 slot_term=nearer slot_term_s=660 slot_term2=needed_elsewhere slot_term2_s=150 slot_first_pct=100

# Only one unit left: the less urgent goes empty.
00:20.000 set_duty U2 duty=meal by D3
        > duty_set U2 duty=meal crew=3
00:21.000 propose incident=I1,I2 unit=U1,U1 eta_s=120,100 source=road,road age_s=2,2 by machine
        > recommended I1 slot_unit=- slot_eta_s=0 slot_why=better_elsewhere row_unit=U1 row_eta_s=120 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=168 slot_over=U1 slot_term=needed_elsewhere slot_term_s=35820 slot_term2=farther slot_term2_s=120
        > recommended I2 slot_unit=U1 slot_eta_s=100 slot_why=nearest_by_road row_unit=U1 row_eta_s=100 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=140 slot_first_pct=100
        > 01:30.000 alert_raised W1 detector=unassigned level=red I1 since_ms=00:00.000
        > 01:40.000 alert_raised W2 detector=unassigned level=red I2 since_ms=00:10.000

# Having waited long it weighs more, but never as much as the next more urgent at rest.
45:00.000 propose incident=I1,I2 unit=U1,U1 eta_s=120,100 source=road,road age_s=2,2 by machine
