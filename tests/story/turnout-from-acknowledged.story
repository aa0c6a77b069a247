# Where the clock of leaving runs from the crew's own acknowledgement.
policy deadline.turnout_s=120 deadline.turnout_from=acknowledged deadline.unacknowledged_s=0
after town.setup
00:00.000 open_incident words="惠农" by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=惠农
        > incident_described I1
00:01.000 order_unit I1 U3 by D3
        > unit_reserved A1 I1 U3 slot=65535
        > unit_ordered A1 at_ms=00:01.000 D3
        > 01:00.000 alert_raised W1 detector=ungraded level=orange I1 since_ms=00:00.000
03:00.000 report_step A1 step=acknowledged by crew D22 of U3
        > step_reached A1 step=acknowledged at_ms=03:00.000 source=crew
        > 05:00.000 alert_raised W2 detector=turnout level=orange I1 A1 U3 since_ms=03:00.000
05:00.000 wait
05:10.000 report_step A1 step=at_scene by crew D22 of U3
        > step_reached A1 step=at_scene at_ms=05:10.000 source=crew
        > 05:10.000 alert_cleared W2 verdict=resolved

# At the patient without "at scene": the stay counts from there.
05:20.000 open_incident words="平罗" by D3
        > incident_opened I2 at_ms=05:20.000 owner=D3
        > incident_placed I2 words=平罗
        > incident_described I2
05:21.000 order_unit I2 U4 by D3
        > unit_reserved A2 I2 U4 slot=65535
        > unit_ordered A2 at_ms=05:21.000 D3
06:00.000 report_step A2 step=at_patient by crew D23 of U4
        > step_reached A2 step=at_patient at_ms=06:00.000 source=crew
        > 06:20.000 alert_raised W3 detector=ungraded level=orange I2 since_ms=05:20.000
        > 35:10.000 alert_raised W4 detector=long_scene level=yellow I1 A1 U3 since_ms=05:10.000
        > 36:00.000 alert_raised W5 detector=long_scene level=yellow I2 A2 U4 since_ms=06:00.000
36:00.000 wait
36:10.000 report_step A2 step=empty_run by crew D23 of U4
        > step_reached A2 step=empty_run at_ms=36:10.000 source=crew
        > 36:10.000 alert_cleared W5 verdict=resolved
36:11.000 wait
