# A life at risk wants an advanced unit and one more; a nearer basic one cannot take the first place.
cards on
after town.setup
00:00.000 open_incident card=chest-pain at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=chest-pain
00:01.000 answer_question I1 question=1 answer=no by D3
        > question_answered I1 question=1 answer=no cards_hash=demo
        > incident_graded I1 grade=1 determinant=universal.2-unconscious cards_hash=demo
        > response_planned I1 plan=life-threat slot_capabilities=2,1
00:02.000 propose incident=I1,I1,I1 unit=U1,U2,U4 eta_s=600,120,300 source=road,road,road age_s=3,5,4 by machine
        > recommended I1 slot_unit=U1,U2 slot_eta_s=600,120 slot_why=capability,nearest_by_road row_unit=U1,U2,U4 row_eta_s=600,120,300 row_source=road,road,road row_age_s=3,5,4 row_why=nearest_by_road,capability,capability row_eta_p90_s=840,168,420 slot_over=-,U4 slot_term=none,nearer slot_term_s=0,180 slot_first_pct=100,96
00:03.000 order_unit I1 U2 eta_s=120 source=road by D3
        > unit_reserved A1 I1 U2 slot=1 eta_s=120 source=road
        > unit_ordered A1 at_ms=00:03.000 D3
00:04.000 propose incident=I1,I1,I1 unit=U1,U2,U4 eta_s=590,120,300 source=road,road,road age_s=3,5,4 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=590 slot_why=capability row_unit=U1,U4 row_eta_s=590,300 row_source=road,road row_age_s=3,4 row_why=nearest_by_road,capability row_eta_p90_s=826,420 slot_first_pct=100

# Only basic ones left in reach: nobody is proposed for the advanced place, and it says why.
00:05.000 set_duty U1 duty=meal by D3
        > duty_set U1 duty=meal crew=3
00:06.000 propose incident=I1 unit=U4 eta_s=300 source=road age_s=4 by machine
        > recommended I1 slot_unit=- slot_eta_s=0 slot_why=none_capable row_unit=U4 row_eta_s=300 row_source=road row_age_s=4 row_why=capability row_eta_p90_s=420

# All off: no free unit at all. On duty, but nobody told a time: none in reach.
00:07.000 set_duty U3 duty=meal by D3
        > duty_set U3 duty=meal crew=3
00:08.000 set_duty U4 duty=meal by D3
        > duty_set U4 duty=meal crew=2
00:09.000 propose by machine
        > recommended I1 slot_unit=- slot_eta_s=0 slot_why=no_free_unit
00:10.000 set_duty U3 duty=on by D3
        > duty_set U3 duty=on crew=3
00:11.000 propose by machine
        > recommended I1 slot_unit=- slot_eta_s=0 slot_why=none_in_reach

# Too far is as good as nobody.
00:12.000 propose incident=I1 unit=U3 eta_s=36000 source=road age_s=4 by machine
        > recommended I1 slot_unit=- slot_eta_s=0 slot_why=none_in_reach row_unit=U3 row_eta_s=36000 row_source=road row_age_s=4 row_why=nearest_by_road row_eta_p90_s=50400

# A second advanced one goes of its own accord: beyond the plan it fills what is open.
00:13.000 set_duty U1 duty=on by D3
        > duty_set U1 duty=on crew=3
00:14.000 order_unit I1 U1 by D3
        > unit_reserved A2 I1 U1 override
        > unit_ordered A2 at_ms=00:14.000 D3
00:15.000 propose incident=I1 unit=U3 eta_s=900 source=road age_s=4 by machine
        > recommended I1
