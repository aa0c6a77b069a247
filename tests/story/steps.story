# The crew's buttons: forward, skipping, never back; corrections are facts of their own.
after town.setup
00:00.000 open_incident words="滨河路" by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=滨河路
        > incident_described I1
00:01.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1 slot=65535
        > unit_ordered A1 at_ms=00:01.000 D3
00:02.000 deliver_order A1 by gateway
        > step_reached A1 step=delivered at_ms=00:02.000 source=terminal
00:03.000 deliver_order A1 by gateway
        > refused backward
00:10.000 report_step A1 step=acknowledged by crew D20 of U1
        > step_reached A1 step=acknowledged at_ms=00:10.000 source=crew
00:11.000 report_step A1 step=acknowledged by crew D21 of U2
        > refused not_yours
00:12.000 report_step A1 step=delivered by crew D20 of U1
        > refused bad_value
        > 01:00.000 alert_raised W1 detector=ungraded level=orange I1 since_ms=00:00.000
        > 03:01.000 alert_raised W2 detector=turnout level=orange I1 A1 U1 since_ms=00:01.000

# A step forgotten is skipped; the terminal's button comes late, from a tunnel.
05:00.000 press_button U1 step=at_scene at_ms=04:10.000 by gateway
        > step_reached A1 step=at_scene at_ms=04:10.000 source=terminal
        > 05:00.000 alert_cleared W2 verdict=resolved
05:01.000 press_button U2 step=at_scene by gateway
        > refused no_assignment
05:02.000 press_button U9 step=at_scene by gateway
        > refused no_unit
05:03.000 press_button U1 step=departed by gateway
        > refused backward
05:04.000 press_button U1 step=refused by gateway
        > refused bad_value
05:05.000 report_step A1 step=at_patient at_ms=20:00.000 by crew D20 of U1
        > refused bad_time

# The forgotten departure is recorded afterwards; it does not move the status.
05:30.000 correct_step A1 step=departed at_ms=00:50.000 reason=late_record by D3
        > step_corrected A1 step=departed at_ms=00:50.000 reason=late_record
05:31.000 correct_step A1 step=departed at_ms=00:50.000 by D3
        > refused needs_reason
05:32.000 correct_step A1 reason=late_record by D3
        > refused bad_value
05:33.000 correct_step A1 step=left_scene reason=late_record by D3
        > refused not_where
05:34.000 correct_step A9 step=departed reason=late_record by D3
        > refused no_assignment
05:35.000 correct_step A1 step=departed at_ms=59:00.000 reason=late_record by D3
        > refused bad_time

# The wrong button: "left scene" pressed with the patient not yet aboard.
06:00.000 report_step A1 step=left_scene by crew D20 of U1
        > step_reached A1 step=left_scene at_ms=06:00.000 source=crew
06:10.000 correct_step A1 step=at_scene reason=wrong_button by D3
        > step_corrected A1 step=at_scene at_ms=04:10.000 reason=wrong_button
06:11.000 correct_step A1 step=at_scene reason=wrong_button by D3
        > refused not_where
06:12.000 correct_step A1 step=reserved reason=wrong_button by D3
        > refused not_where
06:20.000 report_step A1 step=left_scene by crew D20 of U1
        > step_reached A1 step=left_scene at_ms=06:20.000 source=crew
06:21.000 report_step A1 step=empty_run by crew D20 of U1
        > refused not_where
20:00.000 report_step A1 step=completed by crew D20 of U1
        > step_reached A1 step=completed at_ms=20:00.000 source=crew
20:10.000 report_step A1 step=handed_over by crew D20 of U1
        > refused assignment_over
20:20.000 correct_step A1 step=completed at_ms=19:30.000 reason=late_record by D3
        > step_corrected A1 step=completed at_ms=19:30.000 reason=late_record
20:21.000 correct_step A1 step=empty_run reason=late_record by D3
        > refused not_where
20:22.000 correct_step A1 step=at_scene reason=wrong_button by D3
        > refused not_where

# The grade the crew gives at the scene stands beside the call's.
21:00.000 grade_at_scene A1 grade=3 by crew D20 of U1
        > scene_graded I1 A1 grade=3
21:01.000 grade_at_scene A1 grade=0 by crew D20 of U1
        > refused bad_value
21:02.000 open_incident words="游艺西街" by D3
        > incident_opened I2 at_ms=21:02.000 owner=D3
        > incident_placed I2 words=游艺西街
        > incident_described I2
21:03.000 order_unit I2 U2 by D3
        > unit_reserved A2 I2 U2 slot=65535
        > unit_ordered A2 at_ms=21:03.000 D3
21:04.000 grade_at_scene A2 grade=3 by crew D21 of U2
        > refused not_where
