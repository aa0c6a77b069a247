# The whole life of a call: ring, answer, questions, a unit, the hospital, the end; a day later
# everything of it leaves the memory.
cards on
after town.setup
00:10.000 ring_call number=13900001111 line=120-1 at=39.0150,106.3700 uncertainty_m=50 source=caller zone=1 by gateway
        > call_rang C1 number=13900001111 line=120-1 at_ms=00:10.000
        > call_located C1 at=39.0150000,106.3700000 uncertainty_m=50 source=caller zone=Z1
00:13.000 answer_call C1 by D3 seat=2
        > call_answered C1 D3 seat=2 at_ms=00:13.000
00:20.000 open_incident C1 words="朝阳街 12 号" complaint="胸口疼" kind=medical card=chest-pain age_months=684 sex=male patients=1 at=39.0150,106.3700 source=map zone=1 by D3
        > incident_opened I1 C1 at_ms=00:20.000 owner=D3
        > incident_placed I1 words="朝阳街 12 号" at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 complaint=胸口疼 kind=medical card=chest-pain patients=1 age_months=684 sex=male

# Awake; alert; the first red answer grades at once, the rest may still raise it.
00:24.000 answer_question I1 question=1 answer=yes by D3
        > question_answered I1 question=1 answer=yes cards_hash=demo
00:28.000 answer_question I1 question=101 answer=yes by D3
        > question_answered I1 question=101 answer=yes cards_hash=demo
00:33.000 answer_question I1 question=104 answer=yes by D3
        > question_answered I1 question=104 answer=yes cards_hash=demo
        > incident_graded I1 grade=2 determinant=chest-pain.4-likely-cardiac provisional cards_hash=demo
        > response_planned I1 plan=emergency slot_capabilities=1
00:34.000 propose incident=I1,I1 unit=U1,U2 eta_s=274,320 source=road,road age_s=2,3 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=274 slot_why=nearest_by_road row_unit=U1,U2 row_eta_s=274,320 row_source=road,road row_age_s=2,3 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=383,448 slot_over=U2 slot_term=nearer slot_term_s=46 slot_first_pct=64
00:36.000 order_unit I1 U1 eta_s=274 source=road H1 by D3
        > unit_reserved A1 I1 U1 eta_s=274 source=road
        > unit_ordered A1 at_ms=00:36.000 D3
        > hospital_chosen A1 H1
00:37.000 deliver_order A1 by gateway
        > step_reached A1 step=delivered at_ms=00:37.000 source=terminal
00:41.000 report_step A1 step=acknowledged by crew D20 of U1
        > step_reached A1 step=acknowledged at_ms=00:41.000 source=crew
00:45.000 answer_question I1 question=102 answer=no by D3
        > question_answered I1 question=102 answer=no cards_hash=demo
00:48.000 answer_question I1 question=103 answer=no by D3
        > question_answered I1 question=103 answer=no cards_hash=demo
00:52.000 answer_question I1 question=105 answer=unknown by D3
        > question_answered I1 question=105 answer=unknown cards_hash=demo
00:55.000 answer_question I1 question=106 answer=no by D3
        > question_answered I1 question=106 answer=no cards_hash=demo
        > incident_graded I1 grade=2 determinant=chest-pain.4-likely-cardiac cards_hash=demo
01:00.000 add_note I1 words="三单元没有电梯" by D3
        > note_added I1 D3 words=三单元没有电梯
01:10.000 end_call C1 by gateway
        > call_ended C1 at_ms=01:10.000
01:30.000 report_step A1 step=departed by crew D20 of U1
        > step_reached A1 step=departed at_ms=01:30.000 source=crew
06:02.000 press_button U1 step=at_scene by gateway
        > step_reached A1 step=at_scene at_ms=06:02.000 source=terminal
08:15.000 report_step A1 step=at_patient by crew D20 of U1
        > step_reached A1 step=at_patient at_ms=08:15.000 source=crew
12:00.000 grade_at_scene A1 grade=2 by crew D20 of U1
        > scene_graded I1 A1 grade=2
20:30.000 report_step A1 step=left_scene by crew D20 of U1
        > step_reached A1 step=left_scene at_ms=20:30.000 source=crew
29:10.000 report_step A1 step=at_hospital by crew D20 of U1
        > step_reached A1 step=at_hospital at_ms=29:10.000 source=crew
35:00.000 report_step A1 step=handed_over by crew D20 of U1
        > step_reached A1 step=handed_over at_ms=35:00.000 source=crew
41:00.000 report_step A1 step=completed by crew D20 of U1
        > step_reached A1 step=completed at_ms=41:00.000 source=crew
42:00.000 close_incident I1 outcome=treated by D3
        > incident_closed I1 outcome=treated at_ms=42:00.000
        > card_reviewed I1 required=1,101,102,103,104,105,106
50:00.000 return_unit U1 by crew D20 of U1
        > unit_returned U1 at_ms=50:00.000
        > 24:42:00.000 incident_archived I1
        > 24:42:00.000 call_archived C1
25:00:00.000 wait
