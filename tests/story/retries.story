# A lost reply is asked for again: the same answer, no second effect.
after town.setup
00:00.000 open_incident words="大武口" by D3 client=7 number=1
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=大武口
        > incident_described I1
00:01.000 open_incident words="大武口" by D3 client=7 number=1
        > again: accepted seq=18 made=1
00:02.000 order_unit I1 U1 by D3 client=7 number=2
        > unit_reserved A1 I1 U1 slot=65535
        > unit_ordered A1 at_ms=00:02.000 D3
00:03.000 order_unit I1 U1 by D3 client=7 number=2
        > again: accepted seq=19 made=1
00:04.000 order_unit I1 U9 by D3 client=7 number=3
        > refused no_unit
00:05.000 order_unit I1 U9 by D3 client=7 number=3
        > again: refused no_unit

# Another client's numbers are its own; one that comes too late is told so.
00:06.000 add_note I1 words="第一条" by D4 client=8 number=5
        > note_added I1 D4 words=第一条
00:07.000 add_note I1 words="第二条" by D4 client=8 number=4
        > refused old_number
00:08.000 add_note I1 words="第二条" by D4 client=8 number=6
        > note_added I1 D4 words=第二条
