# Coming on duty, a meal, going off; never with a task in hand.
after town.setup
00:00.000 set_duty U1 duty=meal by crew D20 of U1
        > duty_set U1 duty=meal crew=3
00:01.000 set_duty U1 duty=meal by crew D20 of U1
        > refused duty_same
00:02.000 set_duty U2 duty=off by crew D20 of U1
        > refused not_yours
00:03.000 set_duty U9 duty=off by D3
        > refused no_unit
00:10.000 set_duty U1 duty=on crew=2 by crew D20 of U1
        > duty_set U1 duty=on crew=2
00:20.000 open_incident words="大武口" by D3
        > incident_opened I1 at_ms=00:20.000 owner=D3
        > incident_placed I1 words=大武口
        > incident_described I1
00:21.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1 slot=65535
        > unit_ordered A1 at_ms=00:21.000 D3
00:22.000 set_duty U1 duty=off by crew D20 of U1
        > refused unit_busy
00:23.000 return_unit U1 by crew D20 of U1
        > refused unit_busy
00:24.000 report_step A1 step=completed by crew D20 of U1
        > step_reached A1 step=completed at_ms=00:24.000 source=crew
00:25.000 set_duty U1 duty=out_of_service reason=vehicle_fault by crew D20 of U1
        > duty_set U1 duty=out_of_service crew=2 reason=vehicle_fault
00:30.000 return_unit U1 by crew D20 of U1
        > unit_returned U1 at_ms=00:30.000
00:31.000 return_unit U1 at_ms=00:25.000 by crew D21 of U2
        > refused not_yours
00:32.000 return_unit U9 by D3
        > refused no_unit
00:33.000 return_unit U2 at_ms=10:00.000 by D3
        > refused bad_time

# Reserved is a task, too; a unit off duty meanwhile is not sent.
01:00.000 open_incident words="平罗" by D3
        > incident_opened I2 at_ms=01:00.000 owner=D3
        > incident_placed I2 words=平罗
        > incident_described I2
01:01.000 reserve_unit I2 U2 by D3
        > unit_reserved A2 I2 U2 slot=65535
01:02.000 set_duty U2 duty=off by D3
        > refused unit_busy
