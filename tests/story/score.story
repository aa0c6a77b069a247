# What the quality officer thought of a closed incident is a fact, and changes nothing else.
after town.setup
00:01.000 open_incident words="大武口" by D3
        > incident_opened I1 at_ms=00:01.000 owner=D3
        > incident_placed I1 words=大武口
        > incident_described I1
00:02.000 score_incident I1 score=90 by supervisor D9
        > refused incident_open
00:03.000 close_incident I1 outcome=advice by D3
        > incident_closed I1 outcome=advice at_ms=00:03.000
00:04.000 score_incident I1 score=90 words="问得全" by D3
        > refused not_allowed
00:05.000 score_incident I1 score=101 by supervisor D9
        > refused bad_value
00:06.000 score_incident I2 score=50 by supervisor D9
        > refused no_incident
00:07.000 score_incident I1 score=90 words="问得全" by supervisor D9
        > incident_scored I1 score=90 D9 words=问得全
