# The place counts: a chemical works is never below grade 2, a school wants two units.
cards on
after town.setup
00:00.000 open_incident words="化工厂门口" card=chest-pain age_months=300 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=化工厂门口
        > incident_described I1 card=chest-pain age_months=300
00:01.000 answer_question I1 question=1 answer=yes by D3
        > question_answered I1 question=1 answer=yes cards_hash=demo
00:02.000 answer_question I1 question=101 answer=yes by D3
        > question_answered I1 question=101 answer=yes cards_hash=demo
00:03.000 answer_question I1 question=102 answer=no by D3
        > question_answered I1 question=102 answer=no cards_hash=demo
00:04.000 answer_question I1 question=103 answer=no by D3
        > question_answered I1 question=103 answer=no cards_hash=demo
00:05.000 answer_question I1 question=104 answer=no by D3
        > question_answered I1 question=104 answer=no cards_hash=demo
00:06.000 answer_question I1 question=105 answer=no by D3
        > question_answered I1 question=105 answer=no cards_hash=demo
00:07.000 answer_question I1 question=106 answer=no by D3
        > question_answered I1 question=106 answer=no cards_hash=demo
        > incident_graded I1 grade=3 determinant=chest-pain.5-other cards_hash=demo
        > response_planned I1 plan=urgent slot_capabilities=1
00:10.000 place_incident I1 words="化工厂北门" at=39.0300,106.4000 source=map zone=Z1,Z3 by D3
        > incident_placed I1 words=化工厂北门 at=39.0300000,106.4000000 source=map zone=Z1,Z3
        > incident_graded I1 grade=2 determinant=chest-pain.5-other raised_by_zone cards_hash=demo
        > response_planned I1 plan=works-or-mine-severe slot_capabilities=2,1

# It was the street before the works: what the zone raised is only proposed back.
00:20.000 place_incident I1 at=39.0290,106.4000 source=map zone=Z1 by D3
        > incident_placed I1 words=化工厂北门 at=39.0290000,106.4000000 source=map zone=Z1
        > downgrade_proposed I1 grade=3 determinant=chest-pain.5-other
00:22.000 regrade_incident I1 grade=3 reason=corrected_answer by D3
        > incident_regraded I1 grade=3 reason=corrected_answer
        > response_planned I1 plan=urgent slot_capabilities=1

00:30.000 open_incident card=chest-pain at=39.0100,106.3600 source=gazetteer zone=Z1,Z2,Z77 by D3
        > incident_opened I2 at_ms=00:30.000 owner=D3
        > incident_placed I2 at=39.0100000,106.3600000 source=gazetteer zone=Z1,Z2,Z77
        > incident_described I2 card=chest-pain
00:31.000 answer_question I2 question=1 answer=unknown by D3
        > question_answered I2 question=1 answer=unknown cards_hash=demo
        > incident_graded I2 grade=2 determinant=universal.4-consciousness-unknown provisional cards_hash=demo
        > response_planned I2 plan=crowd-severe slot_capabilities=2,1
00:40.000 place_incident I2 by D3
        > refused bad_place
00:41.000 place_incident I2 at=99.0,106.4 by D3
        > refused bad_place

# A crew may say where it really is, but only of its own incident.
00:50.000 order_unit I2 U1 by D3
        > unit_reserved A1 I2 U1
        > unit_ordered A1 at_ms=00:50.000 D3
00:55.000 place_incident I2 at=39.0101,106.3602 source=crew zone=Z1,Z2 by crew D20 of U1
        > incident_placed I2 at=39.0101000,106.3602000 source=crew zone=Z1,Z2
00:56.000 place_incident I1 at=39.0101,106.3602 source=crew by crew D20 of U1
        > refused not_yours
