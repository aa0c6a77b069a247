# Full tables refuse, and say so; what ends things goes on.
limits call=2 task=1 incident=2 assignment=2 alert=1 message=1 condition=1 client=2
limits station=2 unit=4 terminal=2 hospital=2 zone_name=3
after town.setup
00:00.000 define_station S3 code=S-3 name="第三站" at=39.0,106.0 by operator
        > refused full
00:00.000 define_unit U5 code=U-5 S1 by operator
        > refused full
00:00.000 define_terminal T3 phone=13300000003 U1 by operator
        > refused full
00:00.000 define_hospital H3 code=H-3 at=39.0,106.0 by operator
        > refused full
00:00.000 define_zone Z4 code=Z-4 by operator
        > refused full
00:00.000 ring_call number=1 by gateway
        > call_rang C1 number=1 at_ms=00:00.000
00:01.000 ring_call number=2 by gateway
        > call_rang C2 number=2 at_ms=00:01.000
00:02.000 ring_call number=3 by gateway
        > refused full
00:03.000 end_call C1 by gateway
        > call_abandoned C1 at_ms=00:03.000
        > callback_opened K1 C1
00:04.000 end_call C2 by gateway
        > refused full
00:05.000 answer_call C2 by D3
        > call_answered C2 D3 at_ms=00:05.000
00:06.000 report_silent_call C2 by D3
        > refused full
00:07.000 open_incident words="一" by D3 client=1 number=1
        > incident_opened I1 at_ms=00:07.000 owner=D3
        > incident_placed I1 words=一
        > incident_described I1
00:08.000 open_incident words="二" by D3 client=2 number=1
        > incident_opened I2 at_ms=00:08.000 owner=D3
        > incident_placed I2 words=二
        > incident_described I2
00:09.000 open_incident words="三" by D3 client=3 number=1
        > refused full
00:10.000 split_incident I1 words="三" by D3 client=3 number=2
        > refused full
00:11.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1 slot=65535
        > unit_ordered A1 at_ms=00:11.000 D3
00:12.000 order_unit I1 U2 by D3
        > unit_reserved A2 I1 U2 slot=65535
        > unit_ordered A2 at_ms=00:12.000 D3
00:13.000 order_unit I2 U3 by D3
        > refused full
00:14.000 reserve_unit I2 U3 by D3
        > refused full
00:15.000 send_message U1 words="一" by D3
        > message_sent M1 U1 D3 words=一
00:16.000 send_message U1 words="二" by D3
        > refused full
00:17.000 set_road_condition state=closed way=1 by D3
        > road_condition_set R1 state=closed way=1
00:18.000 set_road_condition state=closed way=2 by D3
        > refused full
00:19.000 raise_alert detector=by-hand level=red by D3
        > alert_raised W1 detector=by-hand level=red since_ms=00:19.000
00:20.000 raise_alert detector=by-hand level=red by D3
        > refused full

# The first client's answers made room for the third's: it is not known any more.
00:30.000 add_note I1 words="再来" by D3 client=1 number=1
        > note_added I1 D3 words=再来

# Without room for an alert the deadlines pass silently; with room the next one rings.
05:00.000 report_step A1 step=completed by D3
        > step_reached A1 step=completed at_ms=05:00.000 source=dispatcher
05:01.000 report_step A2 step=completed by D3
        > step_reached A2 step=completed at_ms=05:01.000 source=dispatcher
05:02.000 close_incident I1 outcome=treated by D3
        > incident_closed I1 outcome=treated at_ms=05:02.000
05:03.000 clear_alert W1 verdict=resolved by D3
        > alert_cleared W1 verdict=resolved
        > 24:00:15.000 message_archived M1
        > 24:05:02.000 incident_archived I1
        > 24:05:03.000 alert_archived W1
        > 24:05:03.000 alert_raised W2 detector=callback level=orange K1 since_ms=00:03.000
24:05:30.000 wait
