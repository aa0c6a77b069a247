# Two dispatchers, one unit: who looked at an older picture must look again.
after town.setup
00:00.000 open_incident words="大武口" by D3 client=3 number=1
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=大武口
        > incident_described I1
00:01.000 open_incident words="惠农" by D4 client=4 number=1
        > incident_opened I2 at_ms=00:01.000 owner=D4
        > incident_placed I2 words=惠农
        > incident_described I2
00:02.000 order_unit I1 U1 seen_seq=19 by D3 client=3 number=2
        > unit_reserved A1 I1 U1 slot=65535 seen_seq=19
        > unit_ordered A1 at_ms=00:02.000 D3
00:03.000 order_unit I2 U1 seen_seq=19 by D4 client=4 number=2
        > refused unit_busy
00:04.000 order_unit I2 U2 seen_seq=19 by D4 client=4 number=3
        > unit_reserved A2 I2 U2 slot=65535 seen_seq=19
        > unit_ordered A2 at_ms=00:04.000 D4
00:05.000 order_unit I1 U3 seen_seq=900 by D3 client=3 number=3
        > refused bad_value
00:06.000 reserve_unit I1 U3 seen_seq=19 by D3 client=3 number=4
        > refused stale_view
00:07.000 reserve_unit I1 U3 seen_seq=23 by D3 client=3 number=5
        > unit_reserved A3 I1 U3 slot=65535 seen_seq=23
00:08.000 send_order A3 seen_seq=23 by D3 client=3 number=6
        > refused stale_view
00:09.000 divert_unit I2 U1 seen_seq=19 reason=more_urgent by D4 client=4 number=4
        > refused stale_view
00:10.000 send_order A3 seen_seq=26 by D3 client=3 number=7
        > unit_ordered A3 at_ms=00:10.000 D3
