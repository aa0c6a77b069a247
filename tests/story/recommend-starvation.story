# Fresh calls a grade up keep coming first, however long the lesser one waits; but not for ever.
cards on
policy deadline.unassigned_s=0 recommend.starved_s=7200
after town.setup
00:00.000 open_incident card=trauma words="手指划伤" at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=手指划伤 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=trauma
00:01.000 regrade_incident I1 grade=4 reason=clinical by D3
        > incident_regraded I1 grade=4 reason=clinical
        > response_planned I1 plan=minor slot_capabilities=1
1:55:00.000 open_incident card=trauma words="骑车摔伤" at=39.0160,106.3800 source=map zone=Z1 by D4
        > incident_opened I2 at_ms=1:55:00.000 owner=D4
        > incident_placed I2 words=骑车摔伤 at=39.0160000,106.3800000 source=map zone=Z1
        > incident_described I2 card=trauma
1:55:01.000 regrade_incident I2 grade=3 reason=clinical by D4
        > incident_regraded I2 grade=3 reason=clinical
        > response_planned I2 plan=urgent slot_capabilities=1
1:55:02.000 propose incident=I1,I2 unit=U1,U1 eta_s=300,300 source=road,road age_s=2,2 by machine
        > recommended I1 slot_unit=- slot_eta_s=0 slot_why=better_elsewhere row_unit=U1 row_eta_s=300 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=420 slot_over=U1 slot_term=needed_elsewhere slot_term_s=35640 slot_term2=farther slot_term2_s=300
        > recommended I2 slot_unit=U1 slot_eta_s=300 slot_why=nearest_by_road row_unit=U1 row_eta_s=300 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=420 slot_first_pct=100

# After two hours it passes them.
2:01:00.000 propose incident=I1,I2 unit=U1,U1 eta_s=300,300 source=road,road age_s=2,2 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=300 slot_why=nearest_by_road row_unit=U1 row_eta_s=300 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=420 slot_first_pct=100
        > recommended I2 slot_unit=- slot_eta_s=0 slot_why=better_elsewhere row_unit=U1 row_eta_s=300 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=420 slot_over=U1 slot_term=needed_elsewhere slot_term_s=35660 slot_term2=farther slot_term2_s=300

# Never a red one, after a whole day.
20:00:00.000 open_incident card=chest-pain at=39.0160,106.3800 source=map zone=Z1 by D5
        > incident_opened I3 at_ms=20:00:00.000 owner=D5
        > incident_placed I3 at=39.0160000,106.3800000 source=map zone=Z1
        > incident_described I3 card=chest-pain
20:00:01.000 answer_question I3 question=1 answer=no by D5
        > question_answered I3 question=1 answer=no cards_hash=demo
        > incident_graded I3 grade=1 determinant=universal.2-unconscious cards_hash=demo
        > response_planned I3 plan=life-threat slot_capabilities=2,1
20:00:02.000 propose incident=I1,I3 unit=U1,U1 eta_s=60,900 source=road,road age_s=2,2 by machine
        > recommended I1 slot_unit=- slot_eta_s=0 slot_why=better_elsewhere row_unit=U1 row_eta_s=60 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=84 slot_over=U1 slot_term=needed_elsewhere slot_term_s=69360 slot_term2=farther slot_term2_s=60
        > recommended I2 slot_unit=- slot_eta_s=0 slot_why=none_in_reach
        > recommended I3 slot_unit=U1,- slot_eta_s=900,0 slot_why=nearest_by_road,better_elsewhere row_unit=U1 row_eta_s=900 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=1260 slot_over=-,U1 slot_term=none,needed_elsewhere slot_term_s=0,34680 slot_term2=none,farther slot_term2_s=0,900 slot_first_pct=100,0
