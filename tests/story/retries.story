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

# Of each client the last sixteen answers are kept.
00:10.000 add_note I1 words=n0 by D4 client=8 number=10
        > note_added I1 D4 words=n0
00:11.000 add_note I1 words=n1 by D4 client=8 number=11
        > note_added I1 D4 words=n1
00:12.000 add_note I1 words=n2 by D4 client=8 number=12
        > note_added I1 D4 words=n2
00:13.000 add_note I1 words=n3 by D4 client=8 number=13
        > note_added I1 D4 words=n3
00:14.000 add_note I1 words=n4 by D4 client=8 number=14
        > note_added I1 D4 words=n4
00:15.000 add_note I1 words=n5 by D4 client=8 number=15
        > note_added I1 D4 words=n5
00:16.000 add_note I1 words=n6 by D4 client=8 number=16
        > note_added I1 D4 words=n6
00:17.000 add_note I1 words=n7 by D4 client=8 number=17
        > note_added I1 D4 words=n7
00:18.000 add_note I1 words=n8 by D4 client=8 number=18
        > note_added I1 D4 words=n8
00:19.000 add_note I1 words=n9 by D4 client=8 number=19
        > note_added I1 D4 words=n9
00:20.000 add_note I1 words=n10 by D4 client=8 number=20
        > note_added I1 D4 words=n10
00:21.000 add_note I1 words=n11 by D4 client=8 number=21
        > note_added I1 D4 words=n11
00:22.000 add_note I1 words=n12 by D4 client=8 number=22
        > note_added I1 D4 words=n12
00:23.000 add_note I1 words=n13 by D4 client=8 number=23
        > note_added I1 D4 words=n13
00:24.000 add_note I1 words=n14 by D4 client=8 number=24
        > note_added I1 D4 words=n14
00:25.000 add_note I1 words=n15 by D4 client=8 number=25
        > note_added I1 D4 words=n15
00:26.000 add_note I1 words=n16 by D4 client=8 number=26
        > note_added I1 D4 words=n16
00:40.000 add_note I1 words=n1 by D4 client=8 number=11
        > again: accepted seq=24 made=0
00:41.000 add_note I1 words=n0 by D4 client=8 number=10
        > refused old_number
