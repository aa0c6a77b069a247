# Every deadline of deadline.def, to the millisecond, and what ends it.
policy deadline.unanswered_s=10 deadline.callback_s=60 deadline.ungraded_s=60 deadline.unassigned_s=90
policy deadline.unacknowledged_s=60 deadline.turnout_s=180 deadline.long_scene_s=600
policy deadline.long_handover_s=900 deadline.silent_terminal_s=180
after town.setup
00:00.000 ring_call number=13900000001 by gateway
        > call_rang C1 number=13900000001 at_ms=00:00.000
00:09.999 wait
        > 00:10.000 alert_raised W1 detector=unanswered level=orange C1 since_ms=00:00.000
00:20.000 answer_call C1 by D3
        > call_answered C1 D3 at_ms=00:20.000
        > 00:20.000 alert_cleared W1 verdict=resolved
00:30.000 report_silent_call C1 by D3
        > call_fell_silent C1 at_ms=00:30.000
        > callback_opened K1 C1
        > 01:30.000 alert_raised W2 detector=callback level=orange K1 since_ms=00:30.000
01:30.000 wait
01:40.000 finish_callback K1 outcome=reached by D3
        > callback_finished K1 outcome=reached D3
        > 01:40.000 alert_cleared W2 verdict=resolved
02:00.000 open_incident C1 words="青山街" by D3
        > incident_opened I1 C1 at_ms=02:00.000 owner=D3
        > incident_placed I1 words=青山街
        > incident_described I1
        > 03:00.000 alert_raised W3 detector=ungraded level=orange I1 since_ms=02:00.000
        > 03:30.000 alert_raised W4 detector=unassigned level=red I1 since_ms=02:00.000
03:35.000 regrade_incident I1 grade=2 reason=clinical by D3
        > incident_regraded I1 grade=2 reason=clinical
        > 03:35.000 alert_cleared W3 verdict=resolved
03:40.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1 slot=65535
        > unit_ordered A1 at_ms=03:40.000 D3
        > 03:40.000 alert_cleared W4 verdict=resolved
        > 04:40.000 alert_raised W5 detector=unacknowledged level=orange I1 A1 U1 since_ms=03:40.000
05:00.000 report_step A1 step=acknowledged by crew D20 of U1
        > step_reached A1 step=acknowledged at_ms=05:00.000 source=crew
        > 05:00.000 alert_cleared W5 verdict=resolved
        > 06:40.000 alert_raised W6 detector=turnout level=orange I1 A1 U1 since_ms=03:40.000
07:00.000 report_step A1 step=departed by crew D20 of U1
        > step_reached A1 step=departed at_ms=07:00.000 source=crew
        > 07:00.000 alert_cleared W6 verdict=resolved
10:00.000 report_step A1 step=at_scene by crew D20 of U1
        > step_reached A1 step=at_scene at_ms=10:00.000 source=crew
        > 20:00.000 alert_raised W7 detector=long_scene level=yellow I1 A1 U1 since_ms=10:00.000
25:00.000 report_step A1 step=left_scene by crew D20 of U1
        > step_reached A1 step=left_scene at_ms=25:00.000 source=crew
        > 25:00.000 alert_cleared W7 verdict=resolved
30:00.000 report_step A1 step=at_hospital by crew D20 of U1
        > step_reached A1 step=at_hospital at_ms=30:00.000 source=crew
        > 45:00.000 alert_raised W8 detector=long_handover level=yellow I1 A1 U1 since_ms=30:00.000
47:00.000 report_step A1 step=completed by crew D20 of U1
        > step_reached A1 step=completed at_ms=47:00.000 source=crew
        > 47:00.000 alert_cleared W8 verdict=resolved

# A terminal that falls silent matters while its unit is on duty.
51:00.000 lose_terminal T1 by gateway
        > terminal_lost T1 at_ms=51:00.000
51:00.000 lose_terminal T1 by gateway
51:00.000 lose_terminal T9 by gateway
        > refused no_terminal
        > 54:00.000 alert_raised W9 detector=silent_terminal level=yellow U1 T1 since_ms=51:00.000
54:30.000 hear_terminal T1 by gateway
        > terminal_heard T1 at_ms=54:30.000
        > 54:30.000 alert_cleared W9 verdict=resolved
55:00.000 lose_terminal T2 at_ms=54:00.000 by gateway
        > terminal_lost T2 at_ms=54:00.000
55:01.000 lose_terminal T2 at_ms=59:00.000 by gateway
        > refused bad_time
        > 57:00.000 alert_raised W10 detector=silent_terminal level=yellow U2 T2 since_ms=54:00.000
57:30.000 set_duty U2 duty=off by crew D21 of U2
        > duty_set U2 crew=3
        > 57:30.000 alert_cleared W10 verdict=resolved
57:31.000 hear_terminal T1 at_ms=59:00.000 by gateway
        > refused bad_time
58:00.000 wait
