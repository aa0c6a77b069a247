# An alert is raised, owned, set aside for a while, and closed with a verdict.
after town.setup
00:00.000 open_incident words="化工园" by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=化工园
        > incident_described I1
00:00.500 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1 slot=65535
        > unit_ordered A1 at_ms=00:00.500 D3
00:01.000 raise_alert detector=many-calls level=yellow I1 cause_seq=3 words="三分钟内五个来电" by machine
        > alert_raised W1 detector=many-calls level=yellow I1 since_ms=00:01.000 cause_seq=3 words=三分钟内五个来电
00:02.000 raise_alert detector=no-fix level=blue U1 T1 by machine
        > alert_raised W2 detector=no-fix level=blue U1 T1 since_ms=00:02.000
00:03.000 raise_alert detector=many-calls level=red I9 by machine
        > refused no_incident
00:03.000 raise_alert detector=no-fix level=red U9 by machine
        > refused no_unit
00:03.000 raise_alert detector=no-fix level=red T9 by machine
        > refused no_terminal
00:03.000 raise_alert level=red by D3
        > refused bad_value
00:03.000 raise_alert detector=by-hand by D3
        > refused bad_value
00:03.000 raise_alert detector=unassigned level=red I1 by D3
        > refused bad_value
00:10.000 acknowledge_alert W1 by D3
        > alert_acknowledged W1 owner=D3
00:11.000 acknowledge_alert W1 by D4
        > refused alert_acknowledged
00:12.000 acknowledge_alert W9 by D4
        > refused no_alert
00:20.000 shelve_alert W2 until_ms=00:45.000 reason=other by D3
        > alert_shelved W2 until_ms=00:45.000 reason=other owner=D3
00:21.000 shelve_alert W2 until_ms=00:40.000 by D3
        > refused needs_reason
00:22.000 shelve_alert W2 until_ms=00:10.000 reason=other by D3
        > refused bad_time
00:23.000 shelve_alert W2 until_ms=99:00:00.000 reason=other by D3
        > refused bad_time
        > 00:45.000 alert_unshelved W2
00:50.000 clear_alert W1 by D3
        > refused bad_value
00:51.000 clear_alert W1 verdict=true_alert by D3
        > alert_cleared W1 verdict=true_alert
00:52.000 clear_alert W1 verdict=false_alert by D3
        > refused alert_over
00:53.000 shelve_alert W1 until_ms=01:10.000 reason=other by D3
        > refused alert_over
        > 01:00.000 alert_raised W3 detector=ungraded level=orange I1 since_ms=00:00.000
        > 01:00.500 alert_raised W4 detector=unacknowledged level=orange I1 A1 U1 since_ms=00:00.500

# What still lasts cannot be talked away: cleared by hand, the deadline rings again.
01:05.000 clear_alert W3 verdict=false_alert by D3
        > alert_cleared W3 verdict=false_alert
        > 01:05.000 alert_raised W5 detector=ungraded level=orange I1 since_ms=00:00.000
01:06.000 close_incident I1 outcome=advice by D3
        > refused incident_busy
01:07.000 report_step A1 step=acknowledged by crew D20 of U1
        > step_reached A1 step=acknowledged at_ms=01:07.000 source=crew
        > 01:07.000 alert_cleared W4 verdict=resolved
        > 03:00.500 alert_raised W6 detector=turnout level=orange I1 A1 U1 since_ms=00:00.500
        > 24:00:51.000 alert_archived W1
        > 24:01:05.000 alert_archived W3
        > 24:01:07.000 alert_archived W4
25:00:00.000 wait
