# Persons are forgotten: a closed incident's words and its callers' numbers go, the record stays.
after town.setup
00:00.000 ring_call number=13900000001 line=120 by gateway
        > call_rang C1 number=13900000001 line=120 at_ms=00:00.000
00:01.000 ring_call number=13900000002 line=120 by gateway
        > call_rang C2 number=13900000002 line=120 at_ms=00:01.000
00:02.000 open_incident C1 words="花园路8号" by D3
        > incident_opened I1 C1 at_ms=00:02.000 owner=D3
        > incident_placed I1 words=花园路8号
        > incident_described I1
00:03.000 forget_incident I1 cause="本人申请" by supervisor D9
        > refused incident_open
00:05.000 close_incident I1 outcome=advice by D3
        > incident_closed I1 outcome=advice at_ms=00:05.000
# A dispatcher may not, nor may anybody without a reason; not of an incident that never was.
00:06.000 forget_incident I1 cause="本人申请" by D3
        > refused not_allowed
00:06.000 forget_incident I1 by supervisor D9
        > refused needs_reason
00:06.000 forget_incident I7 cause="本人申请" by supervisor D9
        > refused no_incident
# Another's call does not go with it.
00:06.000 forget_incident I1 call=2 cause="本人申请" by supervisor D9
        > refused call_has_incident
00:06.000 forget_incident I1 call=9 cause="本人申请" by supervisor D9
        > refused no_call
00:07.000 forget_incident I1 cause="本人申请" by supervisor D9
        > incident_forgotten I1 call=C1 D9 cause=本人申请
