# The card grades. Red answers raise at once, corrections only propose to lower.
cards on
after town.setup
00:00.000 open_incident words="家里" by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=家里
        > incident_described I1
00:01.000 answer_question I1 question=101 answer=yes by D3
        > refused no_card_chosen
00:02.000 describe_incident I1 card=no-such-card by D3
        > refused no_card
00:03.000 describe_incident I1 complaint="胸痛" card=chest-pain age_months=720 sex=female by D3
        > incident_described I1 complaint=胸痛 card=chest-pain age_months=720 sex=female
00:04.000 answer_question I1 question=301 answer=yes by D3
        > refused no_question
00:05.000 answer_question I1 question=1 answer=yes by D3
        > question_answered I1 question=1 answer=yes cards_hash=demo
00:06.000 answer_question I1 question=1 answer=no by D3
        > refused already_answered
00:07.000 correct_answer I1 question=101 answer=no by D3
        > refused not_answered
00:08.000 answer_question I1 question=101 answer=not_asked by D3
        > refused bad_value

# Pain for an hour: grade 2, provisional; cold sweat and no breath: grade 1 at once.
00:10.000 answer_question I1 question=104 answer=yes by D3
        > question_answered I1 question=104 answer=yes cards_hash=demo
        > incident_graded I1 grade=2 determinant=chest-pain.4-likely-cardiac provisional cards_hash=demo
        > response_planned I1 plan=emergency slot_capabilities=1
00:12.000 answer_question I1 question=101 answer=yes by D3
        > question_answered I1 question=101 answer=yes cards_hash=demo
00:14.000 answer_question I1 question=102 answer=yes by D3
        > question_answered I1 question=102 answer=yes cards_hash=demo
        > incident_graded I1 grade=2 determinant=chest-pain.3-danger-sign provisional cards_hash=demo
00:16.000 answer_question I1 question=103 answer=yes by D3
        > question_answered I1 question=103 answer=yes cards_hash=demo
        > incident_graded I1 grade=1 determinant=chest-pain.2-shock-signs cards_hash=demo
        > response_planned I1 plan=life-threat slot_capabilities=2,1

# "Not cold sweat after all": the lower grade is proposed, not taken.
00:20.000 correct_answer I1 question=103 answer=no by D3
        > question_answered I1 question=103 answer=no corrected cards_hash=demo
        > downgrade_proposed I1 grade=2 determinant=chest-pain.3-danger-sign
00:21.000 correct_answer I1 question=103 answer=yes by D3
        > question_answered I1 question=103 answer=yes corrected cards_hash=demo
        > incident_graded I1 grade=1 determinant=chest-pain.2-shock-signs cards_hash=demo
00:22.000 regrade_incident I1 grade=2 reason=corrected_answer by D3
        > refused needs_supervisor
00:24.000 correct_answer I1 question=103 answer=no by D3
        > question_answered I1 question=103 answer=no corrected cards_hash=demo
        > downgrade_proposed I1 grade=2 determinant=chest-pain.3-danger-sign
00:25.000 regrade_incident I1 grade=3 reason=corrected_answer by D3
        > refused needs_supervisor
00:26.000 regrade_incident I1 grade=2 by D3
        > refused needs_reason
00:27.000 regrade_incident I1 grade=2 reason=corrected_answer by D3
        > incident_regraded I1 grade=2 reason=corrected_answer
        > response_planned I1 plan=emergency slot_capabilities=1

# Up: anyone at the desk, with a reason. Down without a proposal: a supervisor.
01:00.000 regrade_incident I1 grade=1 reason=clinical words="听起来很糟" by D3
        > incident_regraded I1 grade=1 reason=clinical words=听起来很糟
        > response_planned I1 plan=life-threat slot_capabilities=2,1
01:01.000 answer_question I1 question=105 answer=no by D3
        > question_answered I1 question=105 answer=no cards_hash=demo
01:02.000 regrade_incident I1 grade=1 reason=clinical by D3
        > refused same_grade
01:03.000 regrade_incident I1 grade=6 reason=clinical by D3
        > refused bad_value
01:04.000 regrade_incident I1 grade=3 reason=clinical by D3
        > refused needs_supervisor
01:05.000 regrade_incident I1 grade=3 reason=clinical by supervisor D9
        > incident_regraded I1 grade=3 reason=clinical
        > response_planned I1 plan=urgent slot_capabilities=1

# Another card: what only the old one asked no longer counts.
01:10.000 describe_incident I1 complaint="摔伤" card=trauma by D3
        > incident_described I1 complaint=摔伤 card=trauma age_months=720 sex=female
        > answers_dropped I1 question=104,101,102,103,105
01:12.000 answer_question I1 question=104 answer=yes by D3
        > refused no_question
01:13.000 describe_incident I1 age_months=2000 by D3
        > refused bad_value
