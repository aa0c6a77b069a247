# Where the centre lets dispatchers lower a grade themselves.
cards on
policy grade.downgrade_role=dispatcher
00:00.000 open_incident card=chest-pain by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_described I1 card=chest-pain
00:01.000 answer_question I1 question=1 answer=no by D3
        > question_answered I1 question=1 answer=no cards_hash=demo
        > incident_graded I1 grade=1 determinant=universal.2-unconscious cards_hash=demo
        > response_planned I1 plan=life-threat slot_capabilities=2,1
00:05.000 regrade_incident I1 grade=4 reason=clinical words="患者自己来接电话了" by D3
        > incident_regraded I1 grade=4 reason=clinical words=患者自己来接电话了
        > response_planned I1 plan=minor slot_capabilities=1
