# Many callers, one crash; one caller, two incidents.
after town.setup
00:00.000 ring_call number=13900000001 by gateway
        > call_rang C1 number=13900000001 at_ms=00:00.000
00:01.000 answer_call C1 by D3
        > call_answered C1 D3 at_ms=00:01.000
00:05.000 open_incident C1 words="高速路口" complaint="车祸" patients=2 by D3
        > incident_opened I1 C1 at_ms=00:05.000 owner=D3
        > incident_placed I1 words=高速路口
        > incident_described I1 complaint=车祸 patients=2
00:08.000 ring_call number=13900000002 by gateway
        > call_rang C2 number=13900000002 at_ms=00:08.000
00:09.000 answer_call C2 by D4
        > call_answered C2 D4 at_ms=00:09.000
00:15.000 open_incident C2 words="高速收费站" complaint="撞车" by D4
        > incident_opened I2 C2 at_ms=00:15.000 owner=D4
        > incident_placed I2 words=高速收费站
        > incident_described I2 complaint=撞车
00:20.000 link_duplicate I2 first=I2 by D4
        > refused itself
00:21.000 link_duplicate I2 first=I1 by D4
        > duplicate_linked I2 first=I1
        > incident_closed I2 outcome=duplicate at_ms=00:21.000

# A third caller is attached at once.
00:30.000 ring_call number=13900000003 by gateway
        > call_rang C3 number=13900000003 at_ms=00:30.000
00:31.000 answer_call C3 by D4
        > call_answered C3 D4 at_ms=00:31.000
00:33.000 attach_call C3 I1 by D4
        > call_attached C3 I1
00:34.000 attach_call C3 I1 by D4
        > refused call_has_incident
00:35.000 open_incident C3 by D4
        > refused call_has_incident
00:36.000 attach_call C9 I1 by D4
        > refused no_call

# The duplicate is closed; nothing can be a duplicate of it.
00:40.000 open_incident words="收费站" by D4
        > incident_opened I3 at_ms=00:40.000 owner=D4
        > incident_placed I3 words=收费站
        > incident_described I3
00:41.000 link_duplicate I3 first=I2 by D4
        > refused is_duplicate
00:41.000 link_duplicate I3 first=I9 by D4
        > refused no_incident
00:42.000 order_unit I3 U1 by D4
        > unit_reserved A1 I3 U1 slot=65535
        > unit_ordered A1 at_ms=00:42.000 D4
00:43.000 link_duplicate I3 first=I1 by D4
        > refused incident_busy
00:44.000 cancel_assignment A1 reason=other by D4
        > step_reached A1 step=cancelled at_ms=00:44.000 source=dispatcher reason=other
00:45.000 link_duplicate I3 first=I1 by D4
        > duplicate_linked I3 first=I1
        > incident_closed I3 outcome=duplicate at_ms=00:45.000

# One of the two cars went on: another place, another incident, the same caller.
01:00.000 split_incident I1 words="前面一公里" complaint="第二辆车" patients=1 at=39.0500,106.4000 source=spoken by D3
        > incident_opened I4 C1 split_from=I1 at_ms=01:00.000 owner=D3
        > incident_placed I4 words=前面一公里 at=39.0500000,106.4000000 source=spoken
        > incident_described I4 complaint=第二辆车 patients=1
01:01.000 split_incident I9 words="没有" by D3
        > refused no_incident
01:02.000 take_over_incident I4 by D4
        > incident_taken_over I4 owner=D4
01:03.000 take_over_incident I4 by D4
        > refused already_owner
        > 01:05.000 alert_raised W1 detector=ungraded level=orange I1 since_ms=00:05.000
        > 01:35.000 alert_raised W2 detector=unassigned level=red I1 since_ms=00:05.000
        > 02:00.000 alert_raised W3 detector=ungraded level=orange I4 since_ms=01:00.000

# Every outcome.
02:00.000 close_incident I4 by D4
        > refused bad_value
02:01.000 close_incident I4 outcome=duplicate by D4
        > refused bad_value
02:02.000 order_unit I4 U1 by D4
        > unit_reserved A2 I4 U1 slot=65535
        > unit_ordered A2 at_ms=02:02.000 D4
02:03.000 close_incident I4 outcome=transferred by D4
        > refused incident_busy
02:04.000 report_step A2 step=empty_run by D4
        > step_reached A2 step=empty_run at_ms=02:04.000 source=dispatcher
02:05.000 close_incident I4 outcome=empty_run by D4
        > incident_closed I4 outcome=empty_run at_ms=02:05.000
        > 02:05.000 alert_cleared W3 verdict=resolved
02:06.000 close_incident I4 outcome=treated by D4
        > refused incident_closed
02:10.000 close_incident I1 outcome=transferred by D3
        > incident_closed I1 outcome=transferred at_ms=02:10.000
        > 02:10.000 alert_cleared W1 verdict=resolved
        > 02:10.000 alert_cleared W2 verdict=resolved
02:20.000 open_incident words="咨询" by D3
        > incident_opened I5 at_ms=02:20.000 owner=D3
        > incident_placed I5 words=咨询
        > incident_described I5
02:21.000 close_incident I5 outcome=advice by D3
        > incident_closed I5 outcome=advice at_ms=02:21.000
02:22.000 open_incident words="骚扰" by D3
        > incident_opened I6 at_ms=02:22.000 owner=D3
        > incident_placed I6 words=骚扰
        > incident_described I6
02:23.000 close_incident I6 outcome=invalid by D3
        > incident_closed I6 outcome=invalid at_ms=02:23.000
02:24.000 open_incident words="不要了" by D3
        > incident_opened I7 at_ms=02:24.000 owner=D3
        > incident_placed I7 words=不要了
        > incident_described I7
02:25.000 close_incident I7 outcome=cancelled at_ms=02:20.000 by D3
        > incident_closed I7 outcome=cancelled at_ms=02:20.000
02:26.000 open_incident words="好了" by D3
        > incident_opened I8 at_ms=02:26.000 owner=D3
        > incident_placed I8 words=好了
        > incident_described I8
02:27.000 close_incident I8 outcome=treated at_ms=12:00.000 by D3
        > refused bad_time
02:28.000 close_incident I8 outcome=treated by D3
        > incident_closed I8 outcome=treated at_ms=02:28.000
