# Nearer ones who are needed elsewhere fill the list: who is picked stands in it all the same.
policy recommend.rows=1
cards on
after town.setup
00:00.000 open_incident card=trauma words="手指划伤" at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=手指划伤 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=trauma
00:01.000 regrade_incident I1 grade=4 reason=clinical by D3
        > incident_regraded I1 grade=4 reason=clinical
        > response_planned I1 plan=minor slot_capabilities=1
00:10.000 open_incident card=chest-pain at=39.0160,106.3700 source=map zone=Z1 by D4
        > incident_opened I2 at_ms=00:10.000 owner=D4
        > incident_placed I2 at=39.0160000,106.3700000 source=map zone=Z1
        > incident_described I2 card=chest-pain
00:11.000 answer_question I2 question=1 answer=unknown by D4
        > question_answered I2 question=1 answer=unknown cards_hash=demo
        > incident_graded I2 grade=2 determinant=universal.4-consciousness-unknown provisional cards_hash=demo
        > response_planned I2 plan=emergency slot_capabilities=1
00:12.000 propose incident=I1,I1,I2,I2 unit=U1,U2,U1,U2 eta_s=120,700,100,760 source=road,road,road,road age_s=2,2,2,2 by machine
        > recommended I1 slot_unit=U2 slot_eta_s=700 slot_why=better_elsewhere row_unit=U2 row_eta_s=700 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=980 slot_over=U1 slot_term=farther slot_term_s=580 slot_term2=not_needed slot_term2_s=580 slot_first_pct=100
        > recommended I2 slot_unit=U1 slot_eta_s=100 slot_why=nearest_by_road row_unit=U1 row_eta_s=100 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=140 slot_over=U2 slot_term=nearer slot_term_s=660 slot_term2=needed_elsewhere slot_term2_s=144 slot_first_pct=100
