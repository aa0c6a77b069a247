# A caller who hangs up before an answer, or says nothing, leaves a call-back task.
after town.setup
00:00.000 ring_call number=13900000001 by gateway
        > call_rang C1 number=13900000001 at_ms=00:00.000
00:04.000 end_call C1 by gateway
        > call_abandoned C1 at_ms=00:04.000
        > callback_opened K1 C1
00:20.000 finish_callback K1 outcome=reached by D3
        > callback_finished K1 outcome=reached D3

# Nobody takes this one in time, then the line is silent; the call-back is forgotten for a minute.
01:00.000 ring_call number=13900000002 by gateway
        > call_rang C2 number=13900000002 at_ms=01:00.000
        > 01:10.000 alert_raised W1 detector=unanswered level=orange C2 since_ms=01:00.000
01:14.000 answer_call C2 by D3
        > call_answered C2 D3 at_ms=01:14.000
        > 01:14.000 alert_cleared W1 verdict=resolved
01:20.000 report_silent_call C2 by D3
        > call_fell_silent C2 at_ms=01:20.000
        > callback_opened K2 C2
        > 02:20.000 alert_raised W2 detector=callback level=orange K2 since_ms=01:20.000
02:30.000 finish_callback K2 outcome=open by D3
        > refused bad_value
02:40.000 finish_callback K2 outcome=no_answer by D3
        > callback_finished K2 outcome=no_answer D3
        > 02:40.000 alert_cleared W2 verdict=resolved

# What has ended has ended; what does not exist is not there.
03:00.000 finish_callback K2 outcome=reached by D3
        > refused task_done
03:00.000 finish_callback K9 outcome=reached by D3
        > refused no_task
03:00.000 answer_call C1 by D3
        > refused call_not_ringing
03:00.000 end_call C1 by gateway
        > refused call_over
03:00.000 report_silent_call C2 by D3
        > refused call_over
03:00.000 answer_call C9 by D3
        > refused no_call
03:00.000 locate_call C9 at=39.0150,106.3700 by gateway
        > refused no_call

# A silent line can still be a place: the location of the phone arrives later. Its datum is kept.
03:10.000 ring_call number=13900000003 by gateway
        > call_rang C3 number=13900000003 at_ms=03:10.000
03:11.000 locate_call C3 at=39.0150,106.3700 uncertainty_m=900 source=caller datum=gcj02 given_lat_e7=390160000 given_lon_e7=1063760000 by gateway
        > call_located C3 at=39.0150000,106.3700000 uncertainty_m=900 source=caller datum=gcj02 given_lat_e7=390160000 given_lon_e7=1063760000
03:12.000 locate_call C3 uncertainty_m=900 by gateway
        > refused bad_place
03:12.000 locate_call C3 at=99.0,106.37 by gateway
        > refused bad_place
03:13.000 answer_call C3 by D4 seat=1
        > call_answered C3 D4 seat=1 at_ms=03:13.000
03:14.000 end_call C3 by gateway
        > call_ended C3 at_ms=03:14.000
03:15.000 report_silent_call C3 by D4
        > refused call_over

# The task stays as long as it is open; with the day's retention call and task leave together.
04:00.000 ring_call number=13900000004 by gateway
        > call_rang C4 number=13900000004 at_ms=04:00.000
04:01.000 end_call C4 by gateway
        > call_abandoned C4 at_ms=04:01.000
        > callback_opened K3 C4
        > 05:01.000 alert_raised W3 detector=callback level=orange K3 since_ms=04:01.000
        > 24:00:04.000 call_archived C1
        > 24:01:14.000 alert_archived W1
        > 24:01:20.000 call_archived C2
        > 24:02:40.000 alert_archived W2
        > 24:03:14.000 call_archived C3
25:30:00.000 wait
25:40:00.000 finish_callback K3 outcome=not_needed by D3
        > callback_finished K3 outcome=not_needed D3
        > 25:40:00.000 alert_cleared W3 verdict=resolved
        > 25:40:00.000 call_archived C4
25:41:00.000 wait
