# The only free unit of a township stays there for a minor case that another reaches a little later;
# for a red one nothing is held back.
cards on
after town.setup
00:00.000 open_incident card=trauma words="手指划伤" at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=手指划伤 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=trauma
00:01.000 regrade_incident I1 grade=4 reason=clinical by D3
        > incident_regraded I1 grade=4 reason=clinical
        > response_planned I1 plan=minor slot_capabilities=1
00:02.000 propose incident=I1,I1 unit=U1,U3 eta_s=200,300 source=road,road age_s=2,2 stand_unit=U1,U3,U4 stand_zone=Z1,Z2,Z2 by machine
        > recommended I1 slot_unit=U3 slot_eta_s=300 slot_why=last_unit row_unit=U3,U1 row_eta_s=300,200 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=420,280 slot_over=U1 slot_term=keeps_cover slot_term_s=150 slot_term2=farther slot_term2_s=100 slot_first_pct=19

# A second one in the township: nothing speaks against the nearer any more.
00:03.000 propose incident=I1,I1 unit=U1,U3 eta_s=200,300 source=road,road age_s=2,2 stand_unit=U1,U2,U3,U4 stand_zone=Z1,Z1,Z2,Z2 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=200 slot_why=nearest_by_road row_unit=U1,U3 row_eta_s=200,300 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=280,420 slot_over=U3 slot_term=nearer slot_term_s=100 slot_term2=not_offered slot_term2_s=20 slot_first_pct=81
00:04.000 close_incident I1 outcome=advice by D3
        > incident_closed I1 outcome=advice at_ms=00:04.000
        > card_reviewed I1 required=1,501,502,503,504,505,506
00:10.000 open_incident card=chest-pain at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I2 at_ms=00:10.000 owner=D3
        > incident_placed I2 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I2 card=chest-pain
00:11.000 answer_question I2 question=1 answer=no by D3
        > question_answered I2 question=1 answer=no cards_hash=demo
        > incident_graded I2 grade=1 determinant=universal.2-unconscious cards_hash=demo
        > response_planned I2 plan=life-threat slot_capabilities=2,1
00:12.000 propose incident=I2,I2 unit=U1,U3 eta_s=200,300 source=road,road age_s=2,2 stand_unit=U1,U3,U4 stand_zone=Z1,Z2,Z2 by machine
        > recommended I2 slot_unit=U1,U3 slot_eta_s=200,300 slot_why=nearest_by_road,better_elsewhere row_unit=U1,U3 row_eta_s=200,300 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=280,420 slot_over=U3,U1 slot_term=nearer,farther slot_term_s=100,100 slot_term2=needed_elsewhere,not_needed slot_term2_s=100,100 slot_first_pct=100,100
